/** How a pass can end, in the words of controller-runtime. */
export const PASS_OUTCOMES = ['success', 'error', 'requeue_after'] as const;
export type PassOutcome = (typeof PASS_OUTCOMES)[number];

/** Is told what controllers and their queues do; this one does not listen. */
export class ControllerObserver {
  /** A key became due; `depth` keys wait now. */
  added(_controller: string, _depth: number): void {}

  /** A key that was due for `waitedMs` is worked on now; `depth` others wait. */
  taken(_controller: string, _depth: number, _waitedMs: number): void {}

  /** A key waits for its back-off. */
  retried(_controller: string): void {}

  /** The controller stopped and dropped what waited. */
  cleared(_controller: string): void {}

  /** A worker took up a key. */
  began(_controller: string): void {}

  /** The worker is done with it; `outcome` is undefined for a pass that was broken off by the stop. */
  ended(_controller: string, _outcome: PassOutcome | undefined, _tookMs: number): void {}
}
