import type { Clock } from '../platform/clock/clock.js';

/** A signal that aborts when time is up or when its parent does; `clear` frees the timer. */
export interface Deadline {
  signal: AbortSignal;
  clear(): void;
}

/**
 * Bounds a piece of work.
 *
 * @param late makes the reason that the signal carries when time is up
 */
export function startDeadline(
  clock: Clock,
  delayMs: number,
  parent: AbortSignal,
  late: () => Error,
): Deadline {
  const controller = new AbortController();
  const follow = (): void => controller.abort(parent.reason);
  if (parent.aborted) follow();
  parent.addEventListener('abort', follow, { once: true });
  const timer = clock.after(delayMs, () => controller.abort(late()));
  return {
    signal: controller.signal,
    clear: () => {
      timer.cancel();
      parent.removeEventListener('abort', follow);
    },
  };
}

/** Settles as `work` does, or rejects with the signal's reason as soon as it aborts. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
