/** What dies between two of its changes, as a process does that is killed. */
export class Mortal {
  /** What was changed so far, a word for each change. */
  readonly writes: string[] = [];
  /** Dies right after so many changes; never when undefined. */
  dieAfter: number | undefined;
  /** Runs before each change, for what others do at that moment. */
  before: (word: string) => Promise<void> = async () => undefined;

  /** Lets a method work as it does, notes it, and dies before it when its time has come. */
  protected watch<T extends object>(
    target: T,
    method: keyof T & string,
    wordOf: string | ((...args: never[]) => string) = method,
  ): void {
    const original = target[method] as (...args: unknown[]) => Promise<unknown>;
    const watched = async (...args: unknown[]): Promise<unknown> => {
      const word = typeof wordOf === 'string' ? wordOf : wordOf(...(args as never[]));
      if (this.dieAfter !== undefined && this.writes.length >= this.dieAfter) {
        throw new Error('The process has died');
      }
      await this.before(word);
      const result = await original.apply(target, args);
      this.writes.push(word);
      return result;
    };
    Object.defineProperty(target, method, { value: watched, configurable: true });
  }
}
