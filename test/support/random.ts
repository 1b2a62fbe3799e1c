/** Chance that can be had again: everything follows from one printed seed. */
export class Random {
  private state: number;

  constructor(readonly seed: number) {
    this.state = seed >>> 0;
  }

  /** Takes `TEST_SEED`, or the time, and prints it. */
  static printed(what: string): Random {
    const seed = Number(process.env['TEST_SEED'] ?? Date.now() % 2 ** 31);
    process.stdout.write(`${what}: TEST_SEED=${seed}\n`);
    return new Random(seed);
  }

  /** A number from 0 up to, but not including, 1 (the mulberry32 generator). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  pick<T>(list: readonly T[]): T {
    const item = list[this.between(0, list.length - 1)];
    if (item === undefined) throw new Error('There is nothing to pick from');
    return item;
  }
}
