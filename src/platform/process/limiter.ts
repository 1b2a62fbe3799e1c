/** Lets at most so many pieces of work run at once; the others wait, first in first out. */
export class Limiter {
  private free: number;
  private readonly line: (() => void)[] = [];

  /** @throws RangeError when `atOnce` is no whole number above zero */
  constructor(atOnce: number) {
    if (!Number.isInteger(atOnce) || atOnce < 1) {
      throw new RangeError(`${atOnce} pieces of work at once make no limit.`);
    }
    this.free = atOnce;
  }

  /** How many pieces of work wait for their turn. */
  get waiting(): number {
    return this.line.length;
  }

  /**
   * Runs `work` when its turn comes; gives what it gives and throws what it throws.
   *
   * @param signal gives up the place in the line; rejects with its reason, `work` never runs
   */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.enter(signal);
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  private async enter(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (this.free > 0) {
      this.free--;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const turn = (): void => {
        signal?.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = (): void => {
        this.line.splice(this.line.indexOf(turn), 1);
        reject(signal?.reason as Error);
      };
      this.line.push(turn);
      signal?.addEventListener('abort', giveUp, { once: true });
    });
  }

  /** Hands the place to the next in line, who thus cannot be overtaken. */
  private leave(): void {
    const next = this.line.shift();
    if (next) next();
    else this.free++;
  }
}
