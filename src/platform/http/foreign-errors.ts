import { HttpException } from '@nestjs/common';
import { isStorageUnavailable, isUnstorableText } from '../database/database-errors.js';
import { AppError, type AppErrorKind } from '../errors/app-error.js';

// What the framework, the parser and the database throw by themselves, in our words.

const RETRY_MS = 2_000;

interface Known {
  kind: AppErrorKind;
  code: string;
  message: string;
}

const FASTIFY: Readonly<Record<string, Known>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: {
    kind: 'too_large',
    code: 'body_too_large',
    message: 'The body is larger than 256 KiB; send less.',
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    kind: 'unsupported_media_type',
    code: 'unsupported_media_type',
    message: 'The content type is not supported here; send application/json.',
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    kind: 'invalid',
    code: 'invalid_content_length',
    message: 'The body is not as long as its Content-Length says.',
  },
  FST_ERR_BAD_URL: {
    kind: 'invalid',
    code: 'invalid_url',
    message: 'The URL holds a malformed percent escape.',
  },
  FST_ERR_ASYNC_CONSTRAINT: {
    kind: 'invalid',
    code: 'invalid_request',
    message: 'The request could not be routed.',
  },
};

/** Gives an error back as an `AppError`; whatever nobody expected becomes `internal`. */
export function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const code = codeOf(error);
  const known = code === undefined ? undefined : FASTIFY[code];
  if (known !== undefined) return new AppError(known.kind, known.code, known.message);
  if (isStorageUnavailable(error)) return storageUnavailable(error);
  if (isUnstorableText(error)) {
    const message = 'The request holds characters that cannot be stored, such as NUL.';
    return new AppError('invalid', 'invalid_request', message, { cause: error });
  }
  if (error instanceof HttpException) return fromStatus(error.getStatus(), error);
  const status = statusOf(error);
  if (status !== undefined) return fromStatus(status, error);
  return new AppError('internal', 'internal_error', 'Something went wrong on our side.', {
    cause: error,
  });
}

function storageUnavailable(cause: unknown): AppError {
  return new AppError(
    'unavailable',
    'storage_unavailable',
    'The storage is not available right now; try again shortly.',
    { retryAfterMs: RETRY_MS, cause },
  );
}

/** 503: of a server that stops, and takes nothing new. */
export function serverStops(): AppError {
  return new AppError('unavailable', 'unavailable', 'The server stops; try again shortly.', {
    retryAfterMs: RETRY_MS,
  });
}

const BY_STATUS: Readonly<Record<number, Known>> = {
  400: { kind: 'invalid', code: 'invalid_request', message: 'The request is malformed.' },
  401: {
    kind: 'unauthenticated',
    code: 'unauthenticated',
    message: 'A valid credential is needed.',
  },
  403: { kind: 'forbidden', code: 'forbidden', message: 'This is not allowed.' },
  404: { kind: 'not_found', code: 'not_found', message: 'There is nothing here.' },
  408: {
    kind: 'timeout',
    code: 'request_timeout',
    message: 'The request took too long to arrive.',
  },
  413: { kind: 'too_large', code: 'body_too_large', message: 'The body is too large; send less.' },
  415: {
    kind: 'unsupported_media_type',
    code: 'unsupported_media_type',
    message: 'The content type is not supported here.',
  },
  503: {
    kind: 'unavailable',
    code: 'unavailable',
    message: 'The server cannot answer right now; try again shortly.',
  },
};

function fromStatus(status: number, cause: unknown): AppError {
  const known = BY_STATUS[status];
  if (known !== undefined) {
    const { kind, code, message } = known;
    const retry = kind === 'unavailable' ? { retryAfterMs: RETRY_MS } : {};
    return new AppError(kind, code, message, { cause, ...retry });
  }
  const kind = status >= 400 && status < 500 ? 'invalid' : 'internal';
  return new AppError(
    kind,
    kind === 'invalid' ? 'invalid_request' : 'internal_error',
    kind === 'invalid' ? 'The request is malformed.' : 'Something went wrong on our side.',
    { cause },
  );
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}
