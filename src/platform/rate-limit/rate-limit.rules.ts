// The generic cell rate algorithm (ITU-T I.371): one point in time says how full a limit is, and it
// drains evenly by itself.

/** So many attempts at once; they are forgotten evenly over the time. */
export interface RateLimit {
  /** Tells limits apart, for example `auth-address`. */
  readonly name: string;
  /** 0 is no limit at all. */
  readonly attempts: number;
  readonly perSeconds: number;
}

/** What one more attempt makes of a limit. */
export interface Counted {
  /** Whether it is within the limit. */
  readonly allowed: boolean;
  /** When everything is forgotten, this attempt included. */
  readonly drainedAt: Date;
  /** How many attempts count now, this one included, and at most as many as the limit has. */
  readonly recent: number;
  /** After how long the next one is within the limit; 0 when this one is. */
  readonly retryAfterMs: number;
}

/** A limit cannot be fuller than full: what says so by more than this comes of a clock put back. */
const CLOCK_SLACK = 2;

/** Counts one more attempt; `drainedAt` is undefined when none counts yet. */
export function countAttempt(
  { attempts, perSeconds }: RateLimit,
  drainedAt: Date | undefined,
  now: Date,
): Counted {
  const fullMs = perSeconds * 1000;
  const usedMs = (drainedAt ?? now).getTime() - now.getTime();
  const believedMs = usedMs > fullMs * CLOCK_SLACK ? 0 : Math.max(usedMs, 0);
  const eachMs = fullMs / attempts;
  const nextMs = Math.floor(believedMs + eachMs);
  const allowed = nextMs <= fullMs;
  return {
    allowed,
    drainedAt: new Date(now.getTime() + Math.min(nextMs, fullMs)),
    recent: Math.min(Math.ceil(nextMs / eachMs), attempts),
    retryAfterMs: allowed ? 0 : nextMs - fullMs,
  };
}
