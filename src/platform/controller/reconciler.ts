/** What a pass says when it went well: nothing more to do, or look again after a while. */
export type Result =
  { readonly kind: 'done' } | { readonly kind: 'again'; readonly afterMs: number };

export const DONE: Result = { kind: 'done' };

/** Look again after so many milliseconds, whether anything wakes the key or not. */
export function again(afterMs: number): Result {
  return { kind: 'again', afterMs };
}

/** What a pass is given beside its key. */
export interface Pass {
  /** Aborts when the deadline is over or the controller stops. */
  readonly signal: AbortSignal;
  /** How often this key failed in a row before. */
  readonly failures: number;
}

/**
 * Makes one thing of the world match the record. Level-triggered: a pass looks at all that is
 * wanted and observed, never at what happened; a second pass over a converged thing writes
 * nothing. A thrown error is transient: the key comes again after its back-off.
 */
export abstract class Reconciler {
  /** For logs, for example `agent`. */
  abstract readonly name: string;

  abstract reconcile(key: string, pass: Pass): Promise<Result>;
}
