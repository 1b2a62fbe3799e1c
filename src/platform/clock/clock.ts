/** A pending timer; `cancel` is idempotent. */
export interface Timer {
  cancel(): void;
}

/**
 * Time, injected so that tests can move it by hand. Due times are measured on the monotonic
 * clock, which never jumps; the wall clock is only for what people read.
 */
export abstract class Clock {
  /** The wall clock. */
  abstract now(): Date;
  /** Milliseconds since an arbitrary start; never goes backwards. */
  abstract monotonicMs(): number;
  /** Calls `callback` once after `delayMs`; does not keep the process alive. */
  abstract after(delayMs: number, callback: () => void): Timer;

  /** The wall clock as ISO-8601 UTC text, as the database keeps it. */
  nowIso(): string {
    return this.now().toISOString();
  }

  /** Resolves after `delayMs`, at once when `signal` aborts. Never rejects. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) {
        resolve();
        return;
      }
      const timer = this.hold(delayMs, done);
      signal?.addEventListener('abort', done, { once: true });
      function done(): void {
        timer.cancel();
        signal?.removeEventListener('abort', done);
        resolve();
      }
    });
  }

  /** As `after`, for somebody who waits. */
  protected hold(delayMs: number, callback: () => void): Timer {
    return this.after(delayMs, callback);
  }
}
