import { quoted, type Row } from './snapshot.js';

// What the database itself says about its tables, alike for both kinds.

/** Something that reads: a snapshot, or a connection that writes, too. */
export interface Catalog {
  readonly dialect: 'sqlite' | 'postgres';
  query(sql: string): Promise<Row[]>;
}

/** A column that holds a key of another table. */
export interface ForeignKey {
  readonly column: string;
  readonly table: string;
  readonly target: string;
}

export interface TableShape {
  readonly name: string;
  /** In their order. */
  readonly columns: readonly string[];
  /** Columns that SQLite keeps as 0 and 1. */
  readonly booleans: ReadonlySet<string>;
  /** The column that the database numbers by itself. */
  readonly identity: string | undefined;
  readonly foreignKeys: readonly ForeignKey[];
}

/** Reads the shapes of tables, each after those whose keys it holds. */
export async function readShapes(
  catalog: Catalog,
  tables: readonly string[],
): Promise<TableShape[]> {
  const read = catalog.dialect === 'sqlite' ? sqliteShape : postgresShape;
  const shapes: TableShape[] = [];
  for (const table of tables.toSorted()) shapes.push(await read(catalog, table));
  return parentsFirst(shapes);
}

/** The last number that the database gave in a column that it numbers; 0 for none. */
export async function lastNumber(
  catalog: Catalog,
  table: string,
  identity: string,
): Promise<number> {
  const sql =
    catalog.dialect === 'sqlite'
      ? `SELECT seq AS last FROM sqlite_sequence WHERE name = ${literal(table)}`
      : `SELECT COALESCE(pg_sequence_last_value(${sequence(table, identity)}::regclass), 0) AS last`;
  const [row] = await catalog.query(sql);
  return Number(row?.['last'] ?? 0);
}

/** SQL that makes the next number the one after `last`. */
export function numberFrom(
  dialect: Catalog['dialect'],
  table: string,
  identity: string,
  last: number,
): string[] {
  if (dialect === 'postgres') {
    return [`SELECT setval(${sequence(table, identity)}, ${Math.max(last, 1)}, ${last > 0})`];
  }
  const name = literal(table);
  return [
    `DELETE FROM sqlite_sequence WHERE name = ${name}`,
    `INSERT INTO sqlite_sequence (name, seq) VALUES (${name}, ${last})`,
  ];
}

function sequence(table: string, identity: string): string {
  return `pg_get_serial_sequence(${literal(quoted(table))}, ${literal(identity)})`;
}

/** Text in SQL. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

async function sqliteShape(catalog: Catalog, name: string): Promise<TableShape> {
  const columns = await catalog.query(`PRAGMA table_info(${quoted(name)})`);
  const keys = await catalog.query(`PRAGMA foreign_key_list(${quoted(name)})`);
  const [made] = await catalog.query(
    `SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ${literal(name)}`,
  );
  const numbered = String(made?.['sql']).includes('AUTOINCREMENT');
  return {
    name,
    columns: columns.map((column) => String(column['name'])),
    booleans: new Set(columns.filter(isBoolean).map((column) => String(column['name']))),
    identity: numbered
      ? columns.filter(({ pk }) => pk === 1).map((column) => String(column['name']))[0]
      : undefined,
    foreignKeys: keys.map(({ from, table, to }) => ({
      column: String(from),
      table: String(table),
      target: String(to),
    })),
  };
}

function isBoolean({ type }: Row): boolean {
  return type === 'boolean';
}

async function postgresShape(catalog: Catalog, name: string): Promise<TableShape> {
  const columns = await catalog.query(
    `SELECT column_name AS name, is_identity AS numbered FROM information_schema.columns
     WHERE table_schema = current_schema() AND table_name = ${literal(name)}
     ORDER BY ordinal_position`,
  );
  const keys = await catalog.query(
    `SELECT own.attname AS column, other.relname AS table, target.attname AS target
     FROM pg_constraint fk
     JOIN pg_class other ON other.oid = fk.confrelid
     JOIN pg_attribute own ON own.attrelid = fk.conrelid AND own.attnum = fk.conkey[1]
     JOIN pg_attribute target ON target.attrelid = fk.confrelid AND target.attnum = fk.confkey[1]
     WHERE fk.contype = 'f' AND fk.conrelid = ${literal(quoted(name))}::regclass`,
  );
  return {
    name,
    columns: columns.map((column) => String(column['name'])),
    booleans: new Set(),
    identity: columns
      .filter(({ numbered }) => numbered === 'YES')
      .map((column) => String(column['name']))[0],
    foreignKeys: keys.map(({ column, table, target }) => ({
      column: String(column),
      table: String(table),
      target: String(target),
    })),
  };
}

function parentsFirst(shapes: readonly TableShape[]): TableShape[] {
  const sorted: TableShape[] = [];
  const waiting = [...shapes];
  while (waiting.length > 0) {
    const ready = waiting.findIndex(({ name, foreignKeys }) =>
      foreignKeys.every(
        ({ table }) => table === name || !waiting.some((other) => other.name === table),
      ),
    );
    if (ready === -1) {
      throw new Error(
        `Tables hold keys of each other: ${waiting.map(({ name }) => name).join(', ')}`,
      );
    }
    sorted.push(...waiting.splice(ready, 1));
  }
  return sorted;
}
