/** Reads request bodies, with the 422 answers that an astromesh-node gives for unusable ones. */
import type { IncomingMessage } from 'node:http';
import { AppError } from '../platform/errors/app-error.js';
import { isObject, type JsonObject } from './json.js';

export const BODY_LIMIT_BYTES = 1024 * 1024;
const LONGEST_ECHO = 200;

/** One complaint in the `detail` of a 422. */
export interface Complaint {
  type: string;
  /** Where: `body` or `query`, then the keys. */
  loc: (string | number)[];
  msg: string;
  input: unknown;
}

/**
 * The body as a JSON object.
 *
 * @throws AppError `body_too_large` (too_large), `unprocessable` (invalid)
 */
export async function readJsonObject(request: IncomingMessage): Promise<JsonObject> {
  const bytes = await readBody(request);
  if (bytes.length === 0)
    throw unprocessable(complaint('missing', ['body'], 'Field required', null));
  const value = isJson(request.headers['content-type']) ? parse(bytes) : bytes.toString('utf8');
  if (!isObject(value)) {
    throw unprocessable(
      complaint('dict_type', ['body'], 'Input should be a valid dictionary', value),
    );
  }
  return value;
}

/** A complaint whose `input` is left out when it is long. */
export function complaint(
  type: string,
  loc: (string | number)[],
  msg: string,
  input: unknown,
): Complaint {
  const scalar = typeof input === 'number' || typeof input === 'boolean';
  const short = typeof input === 'string' && input.length <= LONGEST_ECHO;
  return { type, loc, msg, input: scalar || short ? input : null };
}

/** The error that becomes a 422. */
export function unprocessable(...detail: Complaint[]): AppError {
  const message = detail.map(({ msg }) => msg).join('; ');
  return new AppError('invalid', 'unprocessable', message, { extra: { detail } });
}

/**
 * Listens rather than iterates: leaving a loop over the request would cut the connection before
 * the answer is out. What is beyond the limit is read and dropped.
 */
function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let length = 0;
    request.on('data', (piece: Buffer) => {
      length += piece.length;
      if (length <= BODY_LIMIT_BYTES) pieces.push(piece);
      else reject(new AppError('too_large', 'body_too_large', 'Request body too large'));
    });
    request.once('end', () => resolve(Buffer.concat(pieces)));
    request.once('close', () => reject(new Error('the request broke off')));
    request.once('error', reject);
  });
}

function isJson(contentType = ''): boolean {
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  return type === 'application/json' || /^application\/[\w.-]+\+json$/.test(type);
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw unprocessable(complaint('json_invalid', ['body'], 'JSON decode error', null));
  }
}
