/**
 * What can go wrong with a model, in the words that an astromesh-node uses in its 502:
 * `{"detail": {"error", "message", "hint"}}`.
 */
import { AppError } from '../../platform/errors/app-error.js';

const DNS_FAILURES: ReadonlySet<string> = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EAI_NONAME',
  'ENODATA',
]);

/**
 * An error of the model's side. `code` becomes `error`.
 *
 * @param hint what to do about it
 */
export function modelError(code: string, message: string, hint: string, cause?: unknown): AppError {
  const kind = code === 'model_timeout' ? 'upstream_timeout' : 'upstream_failed';
  return new AppError(kind, code, message, { extra: { hint }, cause });
}

/** The time for connecting or for the whole answer is up. */
export function modelTimeout(what: string, afterMs: number): AppError {
  return modelError(
    'model_timeout',
    'The LLM request timed out.',
    `${what} took more than ${afterMs / 1000} s. Raise spec.model.primary.timeout or check the server.`,
  );
}

/** The answer came, but is not what the protocol promises. */
export function badModelAnswer(what: string, cause?: unknown): AppError {
  return modelError(
    'model_bad_response',
    `The LLM server gave an answer that cannot be used: ${what}.`,
    'Check that the endpoint belongs to a server of the configured provider.',
    cause,
  );
}

/** Names whatever was thrown while asking a model. An AppError passes through. */
export function toModelError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const codes = errorCodes(error);
  if (codes.some((code) => DNS_FAILURES.has(code))) {
    return modelError(
      'model_dns_resolution_failed',
      'Could not resolve the LLM server hostname (DNS lookup failed).',
      `Check the host in the agent's endpoint. Underlying: ${message}`,
      error,
    );
  }
  if (codes.includes('ECONNREFUSED')) {
    return modelError(
      'model_connection_refused',
      'Connection refused by the LLM server (nothing is listening on that host:port).',
      `Start the server and confirm the agent's endpoint matches. Underlying: ${message}`,
      error,
    );
  }
  if (codes.includes('ETIMEDOUT')) {
    return modelError(
      'model_timeout',
      'The LLM request timed out.',
      `Underlying: ${message}`,
      error,
    );
  }
  return modelError(
    'model_all_providers_failed',
    `All model providers failed. Last error: ${message}`,
    'Verify endpoints, API keys, and that services are reachable.',
    error,
  );
}

/** The codes of an error and, where a host has several addresses, of each attempt. */
function errorCodes(error: unknown): string[] {
  const all = error instanceof AggregateError ? [error, ...(error.errors as unknown[])] : [error];
  return all.flatMap((one) => {
    const code = (one as NodeJS.ErrnoException | undefined)?.code;
    return typeof code === 'string' ? [code] : [];
  });
}
