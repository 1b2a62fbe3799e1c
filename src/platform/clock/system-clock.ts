import { Clock, type Timer } from './clock.js';

/** `setTimeout` takes no delay beyond this (about 24.8 days). */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** The machine's own clock. */
export class SystemClock extends Clock {
  now(): Date {
    return new Date();
  }

  monotonicMs(): number {
    return performance.now();
  }

  after(delayMs: number, callback: () => void): Timer {
    const handle = startTimer(delayMs, callback);
    handle.unref();
    return { cancel: () => clearTimeout(handle) };
  }

  /** Whoever waits wants to go on: unlike a timer, a sleep keeps the process alive. */
  protected override hold(delayMs: number, callback: () => void): Timer {
    const handle = startTimer(delayMs, callback);
    return { cancel: () => clearTimeout(handle) };
  }
}

function startTimer(delayMs: number, callback: () => void): NodeJS.Timeout {
  return setTimeout(callback, Math.min(Math.max(delayMs, 0), LONGEST_DELAY_MS));
}
