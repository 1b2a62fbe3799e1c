import { readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Whether `node_modules` holds what `package-lock.json` asks for. npm writes what it installed into
 * `node_modules/.package-lock.json`, last of all; packages for other platforms are not in it.
 */
export function isInstalled(root) {
  const wanted = packagesOf(path.join(root, 'package-lock.json'));
  const found = packagesOf(path.join(root, 'node_modules', '.package-lock.json'));
  if (wanted === undefined || found === undefined) return false;
  const same = Object.entries(found).every(([name, { version, integrity }]) => {
    const one = wanted[name];
    return one !== undefined && one.version === version && one.integrity === integrity;
  });
  const whole = Object.entries(wanted).every(
    ([name, entry]) => name === '' || entry.optional || entry.devOptional || name in found,
  );
  return same && whole;
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}
