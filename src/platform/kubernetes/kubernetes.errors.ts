/** One thing that the API server found wrong, usually with a field. */
export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

/** The API's `Status`, as far as errors need it. */
export interface StatusBody {
  kind?: string;
  code?: number;
  reason?: string;
  message?: string;
  details?: {
    name?: string;
    group?: string;
    kind?: string;
    causes?: StatusCause[];
    retryAfterSeconds?: number;
  };
}

/** Reasons of our own, for answers that never came: `status` is 0 then. */
export type ConnectionFault = 'Unreachable' | 'Timeout' | 'Nonsense' | 'Credentials';

/**
 * A request to the API server that failed.
 *
 * `status` is the HTTP status, 0 without an answer; `reason` is Kubernetes' own word (`NotFound`,
 * `Conflict`, …) or a `ConnectionFault`.
 */
export class KubernetesError extends Error {
  override readonly name = 'KubernetesError';

  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
    readonly details: NonNullable<StatusBody['details']> = {},
    /** After how many milliseconds the server wants to be asked again. */
    readonly retryAfterMs?: number,
    cause?: unknown,
  ) {
    super(message, { cause });
  }

  get causes(): readonly StatusCause[] {
    return this.details.causes ?? [];
  }

  /** No answer came: nobody knows whether a write was done. */
  static fault(reason: ConnectionFault, message: string, cause?: unknown): KubernetesError {
    return new KubernetesError(0, reason, message, {}, undefined, cause);
  }
}

/**
 * The error of an answer that is none of 2xx, or of an `ERROR` frame of a watch.
 *
 * @param text what was answered: a `Status`, or whatever a proxy in between said
 * @param retryAfter the header, in seconds
 */
export function errorOfAnswer(status: number, text: string, retryAfter?: string): KubernetesError {
  const {
    reason,
    message,
    details = {},
  } = statusOf(text) ?? { message: text.slice(0, 500).trim() };
  return new KubernetesError(
    status,
    reason ?? REASONS[status] ?? 'Unknown',
    message || `the API server answered ${status}`,
    details,
    millisecondsOf(retryAfter ?? details.retryAfterSeconds),
  );
}

function millisecondsOf(seconds: string | number | undefined): number | undefined {
  const value = Number(seconds ?? Number.NaN);
  return Number.isFinite(value) && value >= 0 ? value * 1000 : undefined;
}

/** For answers without a reason of their own. */
const REASONS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  410: 'Gone',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

function statusOf(text: string): Omit<StatusBody, 'kind'> | undefined {
  try {
    const body = JSON.parse(text) as StatusBody | null;
    return body?.kind === 'Status' ? body : undefined;
  } catch {
    return undefined;
  }
}

function has(error: unknown, status: number): error is KubernetesError {
  return error instanceof KubernetesError && error.status === status;
}

/** There is no such object, or no such kind. */
export function isNotFound(error: unknown): boolean {
  return has(error, 404);
}

/** Somebody changed the object in between, or a field belongs to another manager. */
export function isConflict(error: unknown): boolean {
  return has(error, 409) && error.reason !== 'AlreadyExists';
}

/** An object of that name is there; it may be somebody else's. */
export function isAlreadyExists(error: unknown): boolean {
  return has(error, 409) && error.reason === 'AlreadyExists';
}

/** Not allowed: by RBAC, by an admission policy, or by a quota (see `isQuotaRefusal`). */
export function isForbidden(error: unknown): boolean {
  return has(error, 403);
}

/** The credentials are not known, or no longer. */
export function isUnauthorized(error: unknown): boolean {
  return has(error, 401);
}

/** The object is not what its schema, or a rule of its kind, allows. */
export function isInvalid(error: unknown): boolean {
  return has(error, 422) || has(error, 400);
}

/** What was asked for is older than what the server keeps. */
export function isGone(error: unknown): boolean {
  return has(error, 410);
}

/** The namespace is being deleted: nothing can be made in it. */
export function isNamespaceTerminating(error: unknown): boolean {
  return has(error, 403) && error.causes.some((cause) => cause.reason === 'NamespaceTerminating');
}

/** More than a ResourceQuota leaves. */
export function isQuotaRefusal(error: unknown): boolean {
  return has(error, 403) && /exceeded quota:/.test(error.message);
}

/** A quota on a kind that is new to the API server, which takes about a minute to count it. */
export function isQuotaUnknown(error: unknown): boolean {
  return has(error, 403) && /status unknown for quota:/.test(error.message);
}

/** Trying again later may help without anybody doing anything. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof KubernetesError)) return false;
  return error.status === 0 || error.status === 429 || error.status >= 500 || isQuotaUnknown(error);
}
