import {
  closeSync,
  copyFileSync,
  fstatSync,
  openSync,
  readSync,
  statSync,
  truncateSync,
} from 'node:fs';

/** How much of a log is kept before it is copied aside. */
export const LOG_LIMIT_BYTES = 10 * 1024 * 1024;
const TAIL_BYTES = 1024 * 1024;

/**
 * Copies a large log to `<file>.1` and empties it in place: its writer appends, and does not
 * notice. Lines that are written in between are lost.
 *
 * @returns whether it was large
 */
export function truncateLarge(file: string, limitBytes = LOG_LIMIT_BYTES): boolean {
  try {
    if (statSync(file).size <= limitBytes) return false;
    copyFileSync(file, `${file}.1`);
    truncateSync(file);
    return true;
  } catch {
    return false;
  }
}

/** The last whole lines of a log, oldest first, out of its last MiB; none when it is absent. */
export function tailLines(file: string, keep: (line: string) => boolean, limit: number): string[] {
  let text: string;
  try {
    text = readTail(file);
  } catch {
    return [];
  }
  return text
    .split('\n')
    .filter((line) => line !== '' && keep(line))
    .slice(-limit);
}

function readTail(file: string): string {
  const handle = openSync(file, 'r');
  try {
    const { size } = fstatSync(handle);
    const start = Math.max(0, size - TAIL_BYTES);
    const buffer = Buffer.alloc(size - start);
    const read = readSync(handle, buffer, 0, buffer.length, start);
    const text = buffer.subarray(0, read).toString('utf8');
    return start === 0 ? text : text.slice(text.indexOf('\n') + 1);
  } finally {
    closeSync(handle);
  }
}
