import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { AskedTogether } from './asked-together.js';
import type { HotValue, ManyAtOnce, Preparable, RawRow } from './hot-query.js';

type Values = readonly HotValue[];

/**
 * Hot queries of PostgreSQL. What many requests ask at the same time goes there in one statement: a
 * statement costs both sides more than the row that it looks up.
 */
export class PostgresQuestions {
  private readonly queries = new Map<Preparable, AskedTogether<RawRow[]>>();

  constructor(private readonly source: DataSource) {}

  /** The rows; somebody who asks the same at the same time may be given them as well. */
  rows(query: Preparable, values: Values): Promise<RawRow[]> {
    let asked = this.queries.get(query);
    if (asked === undefined) {
      asked = new AskedTogether((many) => this.askAll(query, many));
      this.queries.set(query, asked);
    }
    return asked.ask(values);
  }

  /** Nothing is held: connections are the pool's. */
  async close(): Promise<void> {}

  private async askAll(query: Preparable, many: readonly Values[]): Promise<RawRow[][]> {
    const { sql, together } = query.on(this.source);
    if (together === undefined || many.length === 1 || !many.every(isText)) {
      return Promise.all(many.map((values) => this.askOne(query.name, sql, values)));
    }
    return this.askMany(`${query.name}_many`, together, many);
  }

  private async askOne(name: string, text: string, values: Values): Promise<RawRow[]> {
    return (await this.pool.query<RawRow>({ name, text, values: [...values] })).rows;
  }

  private async askMany(
    name: string,
    { sql, columns }: ManyAtOnce,
    many: readonly Values[],
  ): Promise<RawRow[][]> {
    const values = many[0]?.map((_, at) => many.map((one) => one[at]));
    const rowMode = 'array';
    const { rows } = await this.pool.query<unknown[]>({ name, text: sql, values, rowMode });
    const found = many.map((): RawRow[] => []);
    for (const row of rows) found[Number(row[0])]?.push(rowOf(columns, row));
    return found;
  }

  private get pool(): Pool {
    return (this.source.driver as PostgresDriver).master as Pool;
  }
}

function isText(values: Values): boolean {
  return values.every((value) => typeof value === 'string');
}

/** @param values after the number of what they are for */
function rowOf(columns: readonly string[], values: readonly unknown[]): RawRow {
  const row: RawRow = {};
  for (const [at, column] of columns.entries()) row[column] = values[at + 1];
  return row;
}
