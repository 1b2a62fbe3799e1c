/** Debian's Chromium, installed by its own package manager where that is possible. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { installPackages } from '../../scripts/toolchain/debian-packages.mjs';

const run = promisify(execFile);

const NAMES = ['chromium', 'chromium-browser'];
/** Why there is no browser here. */
export interface NoBrowser {
  skip: string;
}

/**
 * The path of Chromium. The first call on a Debian machine installs it when it may.
 *
 * @throws Error instead of saying why it is missing, when `NEXUS_REQUIRE_BROWSER=1`
 */
export async function chromium(): Promise<string | NoBrowser> {
  try {
    return findChromium() ?? (await install());
  } catch (error) {
    const reason = `Chromium cannot be had: ${(error as Error).message}`;
    if (process.env['NEXUS_REQUIRE_BROWSER'] === '1') throw new Error(reason, { cause: error });
    return { skip: reason };
  }
}

function findChromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  return folders
    .flatMap((folder) => NAMES.map((name) => path.join(folder, name)))
    .find((file) => existsSync(file));
}

async function install(): Promise<string> {
  await installPackages(['chromium']);
  const found = findChromium();
  if (found === undefined) throw new Error('the package holds no program of that name');
  await run(found, ['--version']);
  return found;
}
