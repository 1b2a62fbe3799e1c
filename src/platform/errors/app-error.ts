/**
 * The kinds of failure that use cases may report. The list is closed and knows nothing of a
 * transport: one HTTP filter maps a kind to a status, the CLI to an exit code.
 */
export const APP_ERROR_KINDS = [
  'invalid',
  'unauthenticated',
  'forbidden',
  'not_found',
  'method_not_allowed',
  'timeout',
  'conflict',
  'precondition_failed',
  'too_large',
  'unsupported_media_type',
  'rate_limited',
  'internal',
  'unavailable',
  'upstream_failed',
  'upstream_timeout',
] as const;

export type AppErrorKind = (typeof APP_ERROR_KINDS)[number];

/** One complaint about an input. `path` is dotted with `[n]` for lists, empty for the whole. */
export interface Issue {
  path: string;
  message: string;
}

export interface AppErrorDetails {
  /** What is wrong with an input, one entry a fault. */
  issues?: readonly Issue[];
  /** After how many milliseconds it makes sense to try again. */
  retryAfterMs?: number;
  /** Further fields for the caller, shown in the answer as they are; never a secret. */
  extra?: Readonly<Record<string, unknown>>;
  /** The error that led to this one; logged, never shown. */
  cause?: unknown;
}

/**
 * An expected failure: something that the caller can understand and act on.
 *
 * @param code a stable snake_case word that programs match on
 * @param message one sentence for people that says what to do
 */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly issues: readonly Issue[];
  readonly retryAfterMs: number | undefined;
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(
    readonly kind: AppErrorKind,
    readonly code: string,
    message: string,
    details: AppErrorDetails = {},
  ) {
    super(message, { cause: details.cause });
    this.issues = details.issues ?? [];
    this.retryAfterMs = details.retryAfterMs;
    this.extra = details.extra ?? {};
  }
}
