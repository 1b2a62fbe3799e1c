/** What the process that makes load is told, and what it answers. */

interface Requests {
  /** For example `http://127.0.0.1:8080`. */
  url: string;
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  /** Asked for in turn. */
  paths: string[];
  /** Sent with every request; `{n}` becomes a number that is used once. */
  body?: string;
  /** Values of `X-Tenant-ID`, taken in turn. */
  tenants?: string[];
  connections: number;
}

/** Every connection asks again as soon as it was answered. */
export interface ClosedLoop extends Requests {
  kind: 'closed';
  /** How long; or `amount`. */
  seconds?: number;
  /** How many requests in all. */
  amount?: number;
  /** The first of the numbers for `{n}`. */
  from?: number;
}

/** Requests arrive at a fixed rate, answered or not; a late answer is late from its arrival on. */
export interface FixedRate extends Requests {
  kind: 'fixed';
  seconds: number;
  perSecond: number;
}

export type Load = ClosedLoop | FixedRate;

/** What came of it. */
export interface LoadResult {
  /** Answers of the 200s per second. */
  perSecond: number;
  /** Answers of the 200s. */
  answered: number;
  /** Everything else. */
  failed: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
}
