/** A clock of one process that can be put forward and back; the machine's own is left alone. */
import { existsSync, globSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { installPackages } from '../../scripts/toolchain/debian-packages.mjs';

const LIBRARY = '/usr/lib/*/faketime/libfaketimeMT.so.1';

/** Why no clock can be faked here. */
export interface NoFakeClock {
  skip: string;
}

/** The library of Debian's package `faketime`; the first call installs it where it may. */
export async function fakeClockLibrary(): Promise<string | NoFakeClock> {
  try {
    return found() ?? (await install());
  } catch (error) {
    const skip = `faketime cannot be had: ${(error as Error).message}`;
    process.stderr.write(`Skipped, steps of the clock: ${skip}\n`);
    return { skip };
  }
}

function found(): string | undefined {
  return globSync(LIBRARY).find((file) => existsSync(file));
}

async function install(): Promise<string> {
  await installPackages(['faketime']);
  const library = found();
  if (library === undefined) throw new Error('the package holds no such library');
  return library;
}

/** The environment of a process whose wall clock is as far off as the file says. */
export function fakeClock(library: string, file: string): Record<string, string> {
  return {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
}

/** Steps the clock: so many seconds before or after the machine's own. */
export function stepClock(file: string, seconds: number): Promise<void> {
  return writeFile(file, `${seconds < 0 ? '' : '+'}${seconds}\n`);
}
