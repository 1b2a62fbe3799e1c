// What was before a machine that is under way, on disk: whoever comes after one that was killed reads
// it, and puts the machine back.

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { putBack } from './state.mjs';

/** Held by whoever has a machine, or puts one back. */
export const LOCK = path.join(tmpdir(), 'nexus-machine.lock');
const FILE = path.join(tmpdir(), 'nexus-machine.state.json');

/** Writes down a state of `recordState`. */
export function remember(state) {
  writeFileSync(FILE, JSON.stringify(state));
}

/** The state before a machine that was not put back; undefined when there is none. */
export function remembered() {
  return existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : undefined;
}

/** Puts the machine back. Whether something was left behind, which it says. */
export async function tidy(state) {
  const left = await putBack(state);
  for (const one of left) process.stderr.write(`Left behind: ${one}\n`);
  rmSync(FILE, { force: true });
  return left.length > 0;
}
