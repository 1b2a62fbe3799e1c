import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { AppError } from '../../errors/app-error.js';
import {
  endSchema,
  FORMAT_VERSION,
  type Manifest,
  manifestSchema,
  type RowValues,
  type TableHead,
  tableSchema,
} from './backup-format.js';

/** Rows of one table, some at a time. */
export interface TableRows {
  readonly head: TableHead;
  readonly rows: readonly RowValues[];
}

const ROWS_AT_ONCE = 100;

/**
 * Reads a backup to its end and compares what it says of itself.
 *
 * @returns its manifest and the number of rows
 * @throws AppError `backup_invalid` when it is cut off, changed, or no backup at all
 */
export async function verifyBackup(file: string): Promise<{ manifest: Manifest; rows: number }> {
  const hash = createHash('sha256');
  let manifest: Manifest | undefined;
  let last: string | undefined;
  let rows = 0;
  for await (const line of linesOf(file)) {
    manifest ??= readManifest(line);
    if (last !== undefined) hash.update(`${last}\n`);
    if (line.startsWith('[')) rows++;
    last = line;
  }
  const end = endSchema.safeParse(parse(last ?? ''));
  if (manifest === undefined || !end.success) throw invalid('it is cut off');
  if (end.data.sha256 !== hash.digest('hex')) throw invalid('its checksum is wrong');
  if (end.data.rows !== rows) throw invalid('it has another number of rows than it says');
  return { manifest, rows };
}

/** The rows of a backup that was verified, table by table. */
export async function* rowsOf(file: string): AsyncGenerator<TableRows> {
  let head: TableHead | undefined;
  let rows: RowValues[] = [];
  for await (const line of linesOf(file)) {
    if (line.startsWith('[')) rows.push(parse(line) as RowValues);
    const next = line.startsWith('[') ? undefined : tableSchema.safeParse(parse(line)).data;
    const isFull = rows.length >= ROWS_AT_ONCE || next !== undefined;
    if (head !== undefined && isFull) {
      yield { head, rows };
      rows = [];
    }
    head = next ?? head;
  }
  if (head !== undefined) yield { head, rows };
}

function readManifest(line: string): Manifest {
  const manifest = manifestSchema.safeParse(parse(line));
  if (!manifest.success) throw invalid('it does not begin as one');
  if (manifest.data.formatVersion > FORMAT_VERSION) {
    throw invalid('a newer version wrote it; use the nexus-admin of that version');
  }
  return manifest.data;
}

/** Lines end with a line feed alone: text may hold other things that look like the end of one. */
async function* linesOf(file: string): AsyncGenerator<string> {
  const source = createReadStream(file);
  const text = createGunzip();
  source.on('error', (error) => text.destroy(error));
  source.pipe(text).setEncoding('utf8');
  let rest = '';
  try {
    for await (const chunk of text as AsyncIterable<string>) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } catch (error) {
    throw unreadable(error);
  } finally {
    source.destroy();
  }
  if (rest !== '') throw invalid('it is cut off');
}

function unreadable(error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code?.startsWith('Z_') === true) return invalid(`it cannot be unpacked (${message})`);
  if (code?.startsWith('E') !== true || code.startsWith('ERR_')) return error;
  return new AppError('invalid', 'backup_unreadable', `The backup cannot be read: ${message}.`);
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw invalid('a line of it is no JSON');
  }
}

function invalid(why: string): AppError {
  const message = `The file is no whole backup: ${why}. Nothing was changed.`;
  return new AppError('invalid', 'backup_invalid', message);
}
