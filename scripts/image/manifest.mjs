// Reduces `package.json` and `package-lock.json` to some of the packages, so that a layer which is made
// from the result stays when anything else in the two changes: a tool of the tests, or the version.
//
// `node manifest.mjs FOLDER [NAME…]` writes them to a folder: what runs, and the development packages
// that are named; a name may end in `*`.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @param manifest contents of `package.json`
 * @param lock contents of `package-lock.json`
 * @param names of development packages to keep
 * @returns `{ manifest, lock }`, reduced, with sorted keys
 * @throws Error when the lock file does not hold what a package needs
 */
export function reduced(manifest, lock, names) {
  const tools = pick(manifest.devDependencies, (name) => names.some((one) => matches(one, name)));
  const root = { dependencies: manifest.dependencies, devDependencies: tools };
  const kept = closure(lock.packages, Object.keys({ ...root.dependencies, ...tools }));
  const own = kept.map((place) => place.replace(/^.*node_modules\//, ''));
  const packages = Object.fromEntries(kept.map((place) => [place, lock.packages[place]]));
  return {
    manifest: {
      private: true,
      type: manifest.type,
      ...root,
      allowScripts: pick(manifest.allowScripts, (name) => own.includes(name)),
    },
    lock: {
      lockfileVersion: lock.lockfileVersion,
      requires: true,
      packages: { '': root, ...packages },
    },
  };
}

/** The places in the lock file of packages and of all that they need, sorted. */
function closure(packages, names) {
  const found = new Set();
  const queue = names.map((name) => ({ name, from: '', needed: true }));
  for (let one = queue.pop(); one !== undefined; one = queue.pop()) {
    const place = placeOf(packages, one);
    if (place === undefined && one.needed) throw new Error(`The lock file holds no ${one.name}`);
    if (place === undefined || found.has(place)) continue;
    found.add(place);
    queue.push(...needsOf(packages[place], place));
  }
  return [...found].toSorted((a, b) => (a < b ? -1 : 1));
}

function needsOf(entry, from) {
  const { dependencies = {}, optionalDependencies = {}, peerDependencies = {} } = entry;
  const needs = (list, needed) => Object.keys(list).map((name) => ({ name, from, needed }));
  // A peer that is optional may be there for another package's sake, or not at all.
  return [
    ...needs(dependencies, true),
    ...needs({ ...optionalDependencies, ...peerDependencies }, false),
  ];
}

/** Where Node would find a package, looked for from a place inwards out. */
function placeOf(packages, { name, from }) {
  for (
    let folder = from;
    ;
    folder = folder.slice(0, folder.lastIndexOf('node_modules/')).replace(/\/$/, '')
  ) {
    const place = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (packages[place] !== undefined) return place;
    if (folder === '') return undefined;
  }
}

function matches(pattern, name) {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

function pick(entries = {}, isWanted) {
  const names = Object.keys(entries).filter(isWanted).toSorted();
  return Object.fromEntries(names.map((name) => [name, entries[name]]));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder, ...names] = process.argv.slice(2);
  const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
  const { manifest, lock } = reduced(read('package.json'), read('package-lock.json'), names);
  mkdirSync(folder, { recursive: true });
  const write = (file, value) =>
    writeFileSync(path.join(folder, file), `${JSON.stringify(value, undefined, 2)}\n`);
  write('package.json', manifest);
  write('package-lock.json', lock);
}
