import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { lastNumber, readShapes, type TableShape } from '../catalog.js';
import type { Row, Snapshot } from '../snapshot.js';
import {
  type End,
  FORMAT,
  FORMAT_VERSION,
  type Manifest,
  type RowValues,
  type TableHead,
} from './backup-format.js';

/** What is not in the database itself. */
export type BackupFacts = Pick<Manifest, 'product' | 'takenAt'>;

/**
 * Writes all rows of these tables as the snapshot sees them. The file is complete or not there:
 * it gets its name when everything is on the disk.
 *
 * @returns the number of rows
 */
export async function writeBackup(
  snapshot: Snapshot,
  tables: readonly string[],
  facts: BackupFacts,
  file: string,
): Promise<number> {
  const draft = `${file}.partial`;
  await rm(draft, { force: true });
  const handle = await open(draft, 'wx', 0o600);
  const written = { rows: 0 };
  try {
    const lines = Readable.from(linesOf(snapshot, tables, facts, written));
    await pipeline(lines, createGzip(), (packed: AsyncIterable<Buffer>) =>
      handle.writeFile(packed),
    );
    await handle.sync();
    await handle.close();
    await rename(draft, file);
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(draft, { force: true });
    throw error;
  }
  await syncFolder(path.dirname(file));
  return written.rows;
}

/** The text of the file, some rows at a time. */
async function* linesOf(
  snapshot: Snapshot,
  tables: readonly string[],
  facts: BackupFacts,
  written: { rows: number },
): AsyncGenerator<string> {
  const hash = createHash('sha256');
  const add = (...values: unknown[]): string => {
    const text = values.map((value) => `${JSON.stringify(value)}\n`).join('');
    hash.update(text);
    return text;
  };
  const shapes = await readShapes(snapshot, tables);
  const names = shapes.map(({ name }) => name);
  const made = await snapshot.query('SELECT name FROM migrations ORDER BY id');
  const migrations = made.map(({ name }) => String(name));
  yield add({
    format: FORMAT,
    formatVersion: FORMAT_VERSION,
    ...facts,
    migrations,
    tables: names,
  });
  for (const shape of shapes) {
    yield add(await headOf(snapshot, shape));
    for await (const rows of snapshot.batches(shape.name)) {
      written.rows += rows.length;
      yield add(...rows.map((row) => valuesOf(row, shape)));
    }
  }
  const end: End = { end: true, rows: written.rows, sha256: hash.digest('hex') };
  yield `${JSON.stringify(end)}\n`;
}

async function headOf(
  snapshot: Snapshot,
  { name, columns, identity }: TableShape,
): Promise<TableHead> {
  const head = { table: name, columns: [...columns] };
  if (identity === undefined) return head;
  return {
    ...head,
    identity: { column: identity, last: await lastNumber(snapshot, name, identity) },
  };
}

function valuesOf(row: Row, { columns, booleans }: TableShape): RowValues {
  return columns.map((column) => {
    const value = row[column] as RowValues[number];
    return booleans.has(column) && value !== null ? Boolean(value) : value;
  });
}

/** The name of a new file is safe when its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
