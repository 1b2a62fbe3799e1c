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

const MOST_ROWS = 20_000;
/** Of text in all rows together: a row may hold a document. */
const MOST_CHARACTERS = 32 * 1024 * 1024;

/**
 * Rows that were read since the last commit: on SQLite alone, where one server writes. They are the
 * rows that a query would give now, for nothing was committed since; a write of another process is
 * noticed within a moment, and while it might not be nothing is believed.
 */
export class RowMemory {
  private readonly queries = new Map<object, Map<string, Promise<readonly unknown[]>>>();
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

  /** Rows that are still what the database holds; else those that `read` gives. */
  rows<E>(
    query: object,
    values: readonly HotValue[],
    read: () => Promise<readonly E[]>,
  ): Promise<readonly E[]> {
    if (this.freshness?.isCurrent !== true) return read();
    const { version } = this.commits;
    if (this.since !== version) this.clear(version);
    const key = keyOf(values);
    const known = this.queries.get(query)?.get(key);
    if (known !== undefined) return known as Promise<readonly E[]>;
    return this.remembering(query, key, version, read);
  }

  private async remembering<E>(
    query: object,
    key: string,
    version: number,
    read: () => Promise<readonly E[]>,
  ): Promise<readonly E[]> {
    const rows = await read();
    if (version === this.commits.version) this.keep(query, key, rows);
    return rows;
  }

  private keep(query: object, key: string, rows: readonly unknown[]): void {
    const characters = charactersOf(rows);
    if (characters > MOST_CHARACTERS) return;
    const isFull =
      this.size + rows.length > MOST_ROWS || this.characters + characters > MOST_CHARACTERS;
    if (isFull) this.clear(this.since);
    const answers = this.queries.get(query) ?? new Map<string, Promise<readonly unknown[]>>();
    this.queries.set(query, answers.set(key, Promise.resolve(rows)));
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
