import { AppError } from '../platform/errors/app-error.js';

/**
 * How a call to a node can fail: it could not be reached, was too slow, answered nonsense, is
 * still starting (503), knows no such agent (404), refused the request (400, 409, 422), fell over
 * with `text/plain` (500: the same request will do so again), or failed in another way (5xx).
 */
export type NodeErrorKind =
  | 'unreachable'
  | 'timeout'
  | 'nonsense'
  | 'not_ready'
  | 'not_found'
  | 'rejected'
  | 'crashed'
  | 'failed';

/** A failed call to a node; `message` is the node's own reason where it gave one. */
export class NodeError extends Error {
  override readonly name = 'NodeError';

  constructor(
    readonly kind: NodeErrorKind,
    message: string,
    /** HTTP status, when there was an answer. */
    readonly status?: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** Whether the same call may go well later without anybody changing the spec. */
  get transient(): boolean {
    return ['unreachable', 'timeout', 'nonsense', 'not_ready', 'failed'].includes(this.kind);
  }
}

const KIND_BY_STATUS: Readonly<Record<number, NodeErrorKind>> = {
  400: 'rejected',
  401: 'failed',
  403: 'failed',
  404: 'not_found',
  409: 'rejected',
  422: 'rejected',
  503: 'not_ready',
};

/** Sorts an error answer by its status and type (the node's API contract, Errors). */
export function kindOfStatus(status: number, contentType: string): NodeErrorKind {
  if (status === 500 && contentType.startsWith('text/plain')) return 'crashed';
  return KIND_BY_STATUS[status] ?? (status >= 500 ? 'failed' : 'nonsense');
}

const LONGEST_REASON = 500;

/** The reason in an error answer: `detail` may be text, an object or a list. */
export function reasonOf(body: unknown, fallback: string): string {
  const detail = typeof body === 'object' && body !== null && 'detail' in body ? body.detail : body;
  const text = detailText(detail).replace(/\s+/g, ' ').trim();
  return (text === '' ? fallback : text).slice(0, LONGEST_REASON);
}

function detailText(detail: unknown): string {
  if (typeof detail === 'string') return detail;
  if (Array.isArray(detail)) return detail.map(detailText).filter(Boolean).join('; ');
  if (typeof detail !== 'object' || detail === null) return '';
  const { message, msg, error, hint } = detail as Record<string, unknown>;
  const parts = [message ?? msg ?? error, hint].filter((part) => typeof part === 'string');
  return parts.length > 0 ? parts.join(' ') : JSON.stringify(detail);
}

/** What a caller of ours sees of a failed call to a node. */
export function asUpstreamError(error: unknown): unknown {
  if (!(error instanceof NodeError)) return error;
  if (error.kind === 'timeout') {
    return new AppError('upstream_timeout', 'node_timeout', 'The node did not answer in time.');
  }
  const code = error.kind === 'unreachable' ? 'node_unreachable' : 'node_error';
  return new AppError('upstream_failed', code, `The node could not do it: ${error.message}`, {
    cause: error,
  });
}

/** The tenant's node has no address yet, or none any more. */
export function nodeAway(): AppError {
  return new AppError(
    'upstream_failed',
    'node_unreachable',
    "The tenant's node is not running; look at the tenant's conditions.",
  );
}
