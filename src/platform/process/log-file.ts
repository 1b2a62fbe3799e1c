import { createReadStream, createWriteStream } from 'node:fs';
import { open, rm, stat, truncate } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

/** How large a log grows before it is copied aside. */
export const LOG_LIMIT_BYTES = 10 * 1024 * 1024;

const CHUNK_BYTES = 64 * 1024;
const TAIL_LIMIT_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

/**
 * Copies the last `limitBytes` of a log that has grown past them to `<file>.1` and empties it in
 * place: whoever appends to it goes on. What is written between the two steps is lost; so are the
 * lines when there is no room for a copy, because a log must not be what keeps a disk full.
 *
 * @returns whether it was so large; false for a file that is not there
 */
export async function truncateLarge(file: string, limitBytes = LOG_LIMIT_BYTES): Promise<boolean> {
  const size = await sizeOf(file);
  if (size === undefined || size <= limitBytes) return false;
  const end = { start: size - limitBytes, end: size - 1 };
  const copy = `${file}.1`;
  try {
    await pipeline(createReadStream(file, end), createWriteStream(copy, { mode: 0o600 }));
  } catch {
    await rm(copy, { force: true }).catch(() => undefined);
  }
  await truncate(file);
  return true;
}

/**
 * The last `lines` lines of a log, oldest first, out of its last MiB; where the whole log has not so
 * many, the rest comes from the copy that `truncateLarge` made. No file, no lines. A line that
 * began before that MiB is left out, or cut off if it is the only one.
 */
export async function tail(file: string, lines: number): Promise<string[]> {
  const recent = await readBack(file, lines);
  const missing = lines - recent.lines.length;
  if (missing <= 0 || !recent.whole) return recent.lines;
  return [...(await readBack(`${file}.1`, missing)).lines, ...recent.lines];
}

interface Tail {
  readonly lines: string[];
  /** Whether the log was read back to its beginning. */
  readonly whole: boolean;
}

async function readBack(file: string, lines: number): Promise<Tail> {
  const size = await sizeOf(file);
  if (!size || lines <= 0) return { lines: [], whole: true };
  const handle = await open(file, 'r');
  try {
    const chunks: Buffer[] = [];
    let start = size;
    let ends = 0;
    // One more line's end than lines: the last line has its own, the one before the first counts.
    while (start > 0 && ends <= lines && size - start < TAIL_LIMIT_BYTES) {
      const length = Math.min(CHUNK_BYTES, start);
      start -= length;
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, start);
      const chunk = buffer.subarray(0, bytesRead);
      chunks.unshift(chunk);
      ends += countNewlines(chunk);
    }
    const bytes = Buffer.concat(chunks);
    const whole = start === 0;
    const text = (whole ? bytes : bytes.subarray(bytes.indexOf(NEWLINE) + 1)).toString('utf8');
    return { lines: splitLines(text).slice(-lines), whole };
  } finally {
    await handle.close();
  }
}

function splitLines(text: string): string[] {
  const lines = text.split('\n');
  // Text that ends with a line's end splits into one piece too many.
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function countNewlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch {
    return undefined;
  }
}
