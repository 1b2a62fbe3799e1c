import type { DataSource, EntityTarget, ObjectLiteral } from 'typeorm';

export type HotValue = string | number;

type RawRow = Record<string, unknown>;

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
  /** Properties that SQLite keeps as 0 and 1. */
  booleans: readonly string[];
}

/**
 * A query that nearly every request makes: written once, with neither the query builder nor the
 * hydration of TypeORM in its way. Kept in a constant, for it is prepared once.
 */
export class HotQuery<E extends ObjectLiteral> {
  private static count = 0;
  /** Names the prepared statement on PostgreSQL. */
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
    if (source.options.type === 'postgres') return { sql: numbered(sql), booleans: [] };
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

function numbered(sql: string): string {
  let n = 0;
  return sql.replaceAll('?', () => `$${++n}`);
}
