import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

const LOOK_EVERY_MS = 200;

/**
 * Does some work while holding a lock file; waits while a living process holds it. What a killed
 * process left is taken over.
 */
export async function withLock(file, work) {
  let waiting = false;
  while (!take(file)) {
    if (!waiting) process.stderr.write(`Waiting for another start in this folder (${file}) …\n`);
    waiting = true;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** The lock appears with its holder in it: a link is made whole or not at all. */
function take(file) {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, String(process.pid));
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  const holder = read(file);
  if (holder !== undefined && !isAlive(Number(holder))) clear(file, holder);
  return false;
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Moves the lock of a dead holder out of the way, unless somebody alive took it meanwhile. */
function clear(file, holder) {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
    if (read(aside) !== holder) linkSync(aside, file);
  } catch {
    // Somebody else was faster.
  } finally {
    rmSync(aside, { force: true });
  }
}
