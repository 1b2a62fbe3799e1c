// `node scripts/images.mjs [NAME…]`: builds the images, or those that are named, and prints where
// their archives are.

import { findImages } from './image/images.mjs';

const names = process.argv.slice(2);
try {
  const found = await findImages(names.length > 0 ? names : ['nexus-server', 'nexus-node']);
  for (const [name, file] of Object.entries(found)) process.stdout.write(`${name} ${file}\n`);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(error.exitCode ?? 1);
}
