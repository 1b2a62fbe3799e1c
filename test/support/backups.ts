/** Backup files, read and written without the product. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';

export interface Manifest {
  takenAt: string;
  migrations: string[];
  tables: string[];
  [more: string]: unknown;
}

export interface Table {
  table: string;
  columns: string[];
  identity?: { column: string; last: number };
  rows: unknown[][];
}

export interface BackupFile {
  manifest: Manifest;
  tables: Table[];
}

export function readBackup(file: string): BackupFile {
  const lines = gunzipSync(readFileSync(file)).toString('utf8').trimEnd().split('\n');
  const [manifest, ...rest] = lines.map((line) => JSON.parse(line) as unknown);
  const tables: Table[] = [];
  for (const line of rest.slice(0, -1)) {
    if (Array.isArray(line)) tables.at(-1)?.rows.push(line);
    else tables.push({ ...(line as Omit<Table, 'rows'>), rows: [] });
  }
  return { manifest: manifest as Manifest, tables };
}

/** Writes one that is whole, whatever it says. */
export function writeBackupFile(file: string, { manifest, tables }: BackupFile): void {
  const values = tables.flatMap(({ rows, ...head }) => [head, ...rows]);
  const text = [manifest, ...values].map((value) => `${JSON.stringify(value)}\n`).join('');
  const sha256 = createHash('sha256').update(text).digest('hex');
  const rows = tables.reduce((sum, table) => sum + table.rows.length, 0);
  writeFileSync(file, gzipSync(`${text}${JSON.stringify({ end: true, rows, sha256 })}\n`));
}

/** The rows of a table as objects. */
export function rowsOf({ tables }: BackupFile, name: string): Record<string, unknown>[] {
  const { columns = [], rows = [] } = tables.find(({ table }) => table === name) ?? {};
  return rows.map((row) =>
    Object.fromEntries(columns.map((column, index) => [column, row[index]])),
  );
}

/** What does not depend on the order in which a database gives its rows and tables. */
export function contents({ tables }: BackupFile): Record<string, unknown> {
  const sorted = tables.map(({ table, rows, columns, identity }) => {
    const lines = rows.map((row) => JSON.stringify(row)).sort();
    return [table, { columns, identity, lines }] as const;
  });
  return Object.fromEntries(sorted);
}
