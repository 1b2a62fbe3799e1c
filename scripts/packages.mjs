// `node scripts/packages.mjs`: installs what the tests want of the system, where that is possible.
// Browser and clock are not among it: the tests that want those get them.

import { ensurePackages, PACKAGES } from './test/packages.mjs';

try {
  await ensurePackages(Object.keys(PACKAGES));
} catch (error) {
  process.stderr.write(`Not everything that the tests want can be had: ${error.message}\n`);
  process.exitCode = 1;
}
