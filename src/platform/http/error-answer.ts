import { AppError, type AppErrorKind, type Issue } from '../errors/app-error.js';

/** Statuses of the closed kinds of failure (the HTTP contract, Errors). */
export const STATUS_OF: Readonly<Record<AppErrorKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  timeout: 408,
  conflict: 409,
  precondition_failed: 412,
  too_large: 413,
  unsupported_media_type: 415,
  rate_limited: 429,
  internal: 500,
  unavailable: 503,
  upstream_failed: 502,
  upstream_timeout: 504,
};

/** The body of every error answer. */
export interface ErrorBody {
  error: string;
  code: string;
  requestId: string;
  errors?: string[];
  issues?: Issue[];
  [extra: string]: unknown;
}

/** Turns a failure into the body that callers see. */
export function errorBody(error: AppError, requestId: string): ErrorBody {
  const body: ErrorBody = { error: error.message, code: error.code, requestId, ...error.extra };
  if (error.issues.length > 0) {
    body.errors = error.issues.map(issueText);
    body.issues = error.issues.map(({ path, message }) => ({ path, message }));
  }
  return body;
}

/** `Retry-After` in whole seconds, at least one; undefined where nobody should wait. */
export function retryAfterOf({ retryAfterMs }: AppError): string | undefined {
  if (retryAfterMs === undefined) return undefined;
  return String(Math.max(1, Math.ceil(retryAfterMs / 1000)));
}

/** One line of `errors`: the path first, unless the message already begins with it. */
function issueText({ path, message }: Issue): string {
  return path === '' || message.startsWith(path) ? message : `${path} ${message}`;
}
