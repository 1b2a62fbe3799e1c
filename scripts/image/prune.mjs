// Keeps the cache of images from growing for ever: what no build and no test has used for two weeks
// goes, layers of the build store and archives alike.

import { globSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { listImages, removeImages } from './buildah.mjs';

const KEPT_MS = 14 * 24 * 60 * 60 * 1000;

/**
 * Notes that layers were used, and removes what was not for long. The caller holds the lock of the
 * store.
 *
 * @param folder that holds the file of uses
 * @param used ids of layers, or beginnings of them
 * @param options of tests: another store, another time
 */
export function pruneLayers(folder, used, { env, now = Date.now(), images = inStore(env) }) {
  const file = path.join(folder, 'uses.json');
  const known = images.list().map(({ id, names }) => ({ id: id.replace(/^sha256:/, ''), names }));
  const uses = usesAfter(readUses(file), known, used, now);
  let old = known.filter(({ id, names }) => names.length === 0 && now - uses[id] > KEPT_MS);
  // One that others are made from goes after them.
  for (let before = Infinity; old.length > 0 && old.length < before;) {
    before = old.length;
    old = old.filter(({ id }) => !images.remove(id));
  }
  const kept = images.list().map(({ id }) => id.replace(/^sha256:/, ''));
  const rest = Object.fromEntries(kept.map((id) => [id, uses[id]]));
  writeFileSync(file, `${JSON.stringify(rest, undefined, 2)}\n`);
}

/** Notes that an archive was used. */
export function touchArchive(file, now = Date.now()) {
  utimesSync(file, new Date(now), new Date(now));
}

/** Removes archives that were not used for long. */
export function pruneArchives(folder, now = Date.now()) {
  for (const file of globSync('*.tar', { cwd: folder }).map((name) => path.join(folder, name))) {
    if (now - statSync(file).mtimeMs > KEPT_MS) rmSync(file, { force: true });
  }
}

/** Since when each was not used, in milliseconds since 1970; one that is new to us is used now. */
function usesAfter(uses, known, used, now) {
  const isUsed = (id) => used.some((beginning) => id.startsWith(beginning));
  return Object.fromEntries(known.map(({ id }) => [id, isUsed(id) ? now : (uses[id] ?? now)]));
}

function readUses(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}

function inStore(env) {
  return { list: () => listImages(env), remove: (id) => removeImages([id], env) };
}
