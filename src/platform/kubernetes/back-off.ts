/** Delays after failures in a row. */
export interface BackOffOptions {
  firstMs: number;
  capMs: number;
  /** A number from 0 to 1, for the jitter. */
  random?: () => number;
}

/** Doubles with every failure, with up to as much again as jitter, and never beyond the cap. */
export class BackOff {
  private failures = 0;
  private readonly random: () => number;

  constructor(private readonly options: BackOffOptions) {
    this.random = options.random ?? Math.random;
  }

  get failed(): number {
    return this.failures;
  }

  /** Milliseconds to wait after one more failure. */
  next(): number {
    const { firstMs, capMs } = this.options;
    const base = firstMs * 2 ** Math.min(this.failures, 30);
    this.failures++;
    return Math.min(base * (1 + this.random()), capMs);
  }

  reset(): void {
    this.failures = 0;
  }
}
