// `node scripts/images.mjs [NAME…]`: builds the images, or those that are named, and prints where
// their archives are. With `--check-reproducible` it builds each twice from nothing instead, and fails
// when the two differ.

import { buildTwice, findImages } from './image/images.mjs';

const words = process.argv.slice(2);
const check = words.includes('--check-reproducible');
const named = words.filter((word) => !word.startsWith('--'));
const names = named.length > 0 ? named : ['nexus-server', 'nexus-node'];
try {
  if (check) for (const name of names) await compare(name);
  else await print();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(error.exitCode ?? 1);
}

async function print() {
  const found = await findImages(names);
  for (const [name, file] of Object.entries(found)) process.stdout.write(`${name} ${file}\n`);
}

async function compare(name) {
  const [once, again] = await buildTwice(name);
  if (once.id === again.id) {
    process.stdout.write(`${name} is the same twice: ${once.id}\n`);
    return;
  }
  const layers = once.layers.filter((layer, at) => layer !== again.layers[at]);
  const places = layers.map((layer) => once.layers.indexOf(layer) + 1).join(', ');
  process.stdout.write(
    `${name} differs: ${once.id} and ${again.id}, in ${layers.length === 0 ? 'no layer' : `the layers ${places} of ${once.layers.length}`}\n`,
  );
  process.exitCode = 1;
}
