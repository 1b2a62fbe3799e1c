import type { HotValue } from './hot-query.js';

/** Counts the commits of this process; the unit of work tells when one begins and when it is over. */
export class Commits {
  private count = 0;

  get version(): number {
    return this.count;
  }

  /** Something may be about to change, or has changed. */
  happened(): void {
    this.count++;
  }
}

/** What tells whether another process may have written without being noticed yet. */
export interface Freshness {
  readonly isCurrent: boolean;
  onGap(listener: () => void): void;
}

type Answers = Map<string, Promise<readonly unknown[]>>;

/** A read that is under way, and where its answer is kept. */
interface Reading {
  query: object;
  key: string;
  answers: Answers;
  answer: Promise<readonly unknown[]>;
}

const MOST_ROWS = 20_000;
/** Of text in all rows together: a row may hold a document. */
const MOST_CHARACTERS = 32 * 1024 * 1024;

/**
 * Rows that were read since the last commit: on SQLite alone, where one server writes. They are the
 * rows that a query would give now, for nothing was committed since; a write of another process is
 * noticed within a moment, and while it might not be nothing is believed.
 */
export class RowMemory {
  private readonly queries = new Map<object, Answers>();
  private size = 0;
  private characters = 0;
  private since = 0;
  private freshness: Freshness | undefined;

  constructor(private readonly commits: Commits) {}

  /** Until then nothing is remembered. */
  trust(freshness: Freshness): void {
    this.freshness = freshness;
    // What is being read at this moment must not be believed either.
    freshness.onGap(() => this.commits.happened());
  }

  /**
   * Rows that are still what the database holds; else those that `read` gives. Who asks for what is
   * being read waits for that: nothing was committed since it began.
   */
  rows<E>(
    query: object,
    values: readonly HotValue[],
    read: () => Promise<readonly E[]>,
  ): Promise<readonly E[]> {
    if (this.freshness?.isCurrent !== true) return read();
    const { version } = this.commits;
    if (this.since !== version) this.clear(version);
    const answers = this.answersOf(query);
    const key = keyOf(values);
    const known = answers.get(key);
    if (known !== undefined) return known as Promise<readonly E[]>;
    const answer = read();
    answers.set(key, answer);
    void this.settle({ query, key, answers, answer });
    return answer;
  }

  private answersOf(query: object): Answers {
    const known = this.queries.get(query);
    if (known !== undefined) return known;
    const answers: Answers = new Map();
    this.queries.set(query, answers);
    return answers;
  }

  /** Counts what was read, unless all was forgotten meanwhile; a failure is nothing to remember. */
  private async settle(read: Reading): Promise<void> {
    const { query, key, answers, answer } = read;
    try {
      const rows = await answer;
      if (this.queries.get(query) === answers) this.count(read, rows);
    } catch {
      answers.delete(key);
    }
  }

  private count({ query, key, answers, answer }: Reading, rows: readonly unknown[]): void {
    const characters = charactersOf(rows);
    if (characters > MOST_CHARACTERS) {
      answers.delete(key);
      return;
    }
    if (this.size + rows.length > MOST_ROWS || this.characters + characters > MOST_CHARACTERS) {
      this.clear(this.since);
      this.answersOf(query).set(key, answer);
    }
    // That there is no row takes room as well.
    this.size += 1 + rows.length;
    this.characters += characters;
  }

  private clear(version: number): void {
    this.since = version;
    this.size = 0;
    this.characters = 0;
    this.queries.clear();
  }
}

/** No two lists of values have one key: the length of a text says where it ends. */
function keyOf(values: readonly HotValue[]): string {
  let key = '';
  for (const value of values) {
    key += typeof value === 'string' ? `${value.length}:${value}` : `#${value};`;
  }
  return key;
}

function charactersOf(rows: readonly unknown[]): number {
  const texts = rows.flatMap((row) => Object.values(row as object)).filter(isText);
  return texts.reduce((sum, { length }) => sum + length, 0);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
