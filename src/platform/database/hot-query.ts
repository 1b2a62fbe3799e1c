import type { DataSource, EntityTarget, ObjectLiteral } from 'typeorm';

export type HotValue = string | number;

/** A row as a driver gives it. */
export type RawRow = Record<string, unknown>;

/** What a hot query asks for. */
interface Shape<E> {
  /** SQL with `?` for each value; names are those of columns. */
  where: string;
  /** Properties to read; all when absent. */
  only?: readonly (keyof E & string)[];
  /** SQL that follows, such as an order; takes values as well. */
  tail?: string;
  /** Asks for the number of rows alone, as `count`. */
  count?: true;
}

/** A query in the dialect of a database, and what makes its rows those of the entity. */
export interface PreparedQuery {
  sql: string;
  /** On PostgreSQL, where rows are looked up by text: the same for many at once. */
  together?: ManyAtOnce;
  /** Properties that SQLite keeps as 0 and 1. */
  booleans: readonly string[];
}

/** What drivers know of a hot query. */
export interface Preparable {
  /** Names the prepared statement on PostgreSQL. */
  readonly name: string;
  on(source: DataSource): PreparedQuery;
}

/** A query for many values of text; its rows are arrays: which of the values, then the columns. */
export interface ManyAtOnce {
  sql: string;
  /** Properties in the order of the columns. */
  columns: readonly string[];
}

/**
 * A query that nearly every request makes: written once, with neither the query builder nor the
 * hydration of TypeORM in its way. Kept in a constant, for it is prepared once.
 */
export class HotQuery<E extends ObjectLiteral> implements Preparable {
  private static count = 0;
  readonly name = `hot_${++HotQuery.count}`;
  private readonly prepared = new WeakMap<DataSource, PreparedQuery>();

  constructor(
    private readonly entity: EntityTarget<E>,
    private readonly shape: Shape<E>,
  ) {}

  on(source: DataSource): PreparedQuery {
    const known = this.prepared.get(source);
    if (known !== undefined) return known;
    const prepared = this.prepare(source);
    this.prepared.set(source, prepared);
    return prepared;
  }

  private prepare(source: DataSource): PreparedQuery {
    const { where, only, tail = '', count } = this.shape;
    const { columns, tableName } = source.getMetadata(this.entity);
    const wanted = columns.filter(
      ({ propertyName }) => only === undefined || only.includes(propertyName),
    );
    const list = wanted.map(
      ({ databaseName, propertyName }) => `${databaseName} AS "${propertyName}"`,
    );
    const what = count === true ? 'COUNT(*) AS count' : list.join(', ');
    const sql = `SELECT ${what} FROM ${tableName} WHERE ${where} ${tail}`.trim();
    if (source.options.type === 'postgres') {
      const alone = { sql: numbered(sql), booleans: [] };
      if (count === true || tail !== '') return alone;
      const properties = wanted.map(({ propertyName }) => propertyName);
      return { ...alone, together: manyAtOnce(sql, properties) };
    }
    const booleans = wanted.filter(({ type }) => type === 'boolean');
    return { sql, booleans: booleans.map(({ propertyName }) => propertyName) };
  }
}

/** Makes rows those of their entity; many may be given them, so nobody may change them. */
export function finished(rows: RawRow[], { booleans }: PreparedQuery): readonly RawRow[] {
  for (const row of rows) {
    for (const property of booleans) {
      if (row[property] !== null) row[property] = row[property] === 1;
    }
    Object.freeze(row);
  }
  return rows;
}

/**
 * The same query for many values at once: each parameter is an array, and a row says in its first
 * column which of them it is for, counted from 0.
 */
function manyAtOnce(sql: string, columns: readonly string[]): ManyAtOnce {
  let n = 0;
  const one = sql.replaceAll('?', () => `asked.value${++n}`);
  const numbers = Array.from({ length: n }, (_, at) => at + 1);
  const arrays = numbers.map((at) => `$${at}::text[]`).join(', ');
  const names = numbers.map((at) => `value${at}`).join(', ');
  const asked = `unnest(${arrays}) WITH ORDINALITY AS asked(${names}, nth)`;
  return {
    sql: `SELECT (asked.nth - 1)::int, found.* FROM ${asked} CROSS JOIN LATERAL (${one}) AS found`,
    columns,
  };
}

function numbered(sql: string): string {
  let n = 0;
  return sql.replaceAll('?', () => `$${++n}`);
}
