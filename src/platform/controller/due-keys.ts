export interface GroupOptions {
  /** What a key belongs to; without it all keys are of one group. */
  groupOf?: (key: string) => string;
  /** How many keys of one group may be in work at once. */
  mostOfAGroup?: number;
}

/** A key that is due, and since when. */
export interface DueKey {
  key: string;
  sinceMs: number;
}

/**
 * Keys that are due. Groups take turns, and within a group it is first in, first out: one with many
 * keys, or with slow ones, does not keep the others waiting.
 */
export class DueKeys {
  /** The group whose turn it is comes first. */
  private readonly lines = new Map<string, Map<string, number>>();
  private readonly inWork = new Map<string, number>();
  private readonly groupOf: (key: string) => string;
  private readonly mostOfAGroup: number;
  private count = 0;

  constructor({ groupOf = () => '', mostOfAGroup = Number.POSITIVE_INFINITY }: GroupOptions) {
    this.groupOf = groupOf;
    this.mostOfAGroup = mostOfAGroup;
  }

  /** How many there are, those of groups that have enough in work included. */
  get size(): number {
    return this.count;
  }

  has(key: string): boolean {
    return this.lines.get(this.groupOf(key))?.has(key) === true;
  }

  /** Adds a key that is not there. */
  add(key: string, sinceMs: number): void {
    const group = this.groupOf(key);
    const line = this.lines.get(group) ?? new Map<string, number>();
    if (line.size === 0) this.lines.set(group, line);
    line.set(key, sinceMs);
    this.count++;
  }

  /** The next key, which is in work until it is `done`; undefined when none may be worked on. */
  take(): DueKey | undefined {
    for (const [group, line] of this.lines) {
      const inWork = this.inWork.get(group) ?? 0;
      if (inWork >= this.mostOfAGroup) continue;
      const [first] = line;
      if (first === undefined) continue;
      const [key, sinceMs] = first;
      line.delete(key);
      this.lines.delete(group);
      if (line.size > 0) this.lines.set(group, line);
      this.count--;
      this.inWork.set(group, inWork + 1);
      return { key, sinceMs };
    }
    return undefined;
  }

  /** Says that the work on a key has ended. */
  done(key: string): void {
    const group = this.groupOf(key);
    const left = (this.inWork.get(group) ?? 0) - 1;
    if (left > 0) this.inWork.set(group, left);
    else this.inWork.delete(group);
  }

  /** Drops those that wait. */
  clear(): void {
    this.lines.clear();
    this.count = 0;
  }
}
