import type { Commits, Freshness } from './row-memory.js';

/** The answers to one asker, by the text of the question. */
type Answers = Map<string, unknown>;

const MOST_ANSWERS = 20_000;

/**
 * Whole answers that were made of rows alone since the last commit, for whoever asks the same again:
 * what an asker may see rests on rows as well, so an answer is as good as the rows of `RowMemory` are.
 * A hit costs neither a query nor a promise.
 */
export class AnswerMemory {
  private answers = new WeakMap<object, Answers>();
  private size = 0;
  private since = 0;
  private freshness: Freshness | undefined;

  constructor(private readonly commits: Commits) {}

  /** Until then nothing is remembered. */
  trust(freshness: Freshness): void {
    this.freshness = freshness;
  }

  /**
   * The answer that was given to the asker before, when nothing was committed since; else what `make`
   * gives, which is remembered unless it fails or something is committed meanwhile.
   *
   * @param asker who the answer is for; the same object means the same rights
   */
  of<A>(asker: object, question: string, make: () => Promise<A>): A | Promise<A> {
    if (this.freshness?.isCurrent !== true) return make();
    if (this.since !== this.commits.version || this.size >= MOST_ANSWERS) this.clear();
    const known = this.answers.get(asker)?.get(question);
    return known === undefined ? this.learn(asker, question, make) : (known as A);
  }

  private async learn<A>(asker: object, question: string, make: () => Promise<A>): Promise<A> {
    const { version } = this.commits;
    const answer = await make();
    if (version === this.commits.version && version === this.since) {
      const answers = this.answers.get(asker) ?? new Map<string, unknown>();
      this.answers.set(asker, answers.set(question, answer));
      this.size++;
    }
    return answer;
  }

  private clear(): void {
    this.since = this.commits.version;
    this.size = 0;
    this.answers = new WeakMap();
  }
}
