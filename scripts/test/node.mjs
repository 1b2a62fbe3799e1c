// Gets what a machine of the tests runs, once, before the tests that start one; says why when it is
// not to be had. With the argument `bare` only what an empty one needs.

import { hadolint } from '../../test/support/python-programs.ts';
import { findImages, IMAGE_NAMES } from '../image/images.mjs';
import { findKeptImage } from '../image/kept-image.mjs';
import { CONTROL_PLANE, findBinaries, MACHINE } from '../toolchain/cluster-binaries.mjs';
import { ensurePackages } from './packages.mjs';

try {
  requireSystem();
  const isBare = process.argv[2] === 'bare';
  await ensurePackages([isBare ? 'network' : 'machine']);
  if (!isBare) await getPrograms();
} catch (error) {
  const reason = `A machine for tests cannot be had: ${error.message}`;
  if (process.env.NEXUS_REQUIRE_CLUSTER === '1') throw new Error(reason, { cause: error });
  process.stdout.write(`missing: ${reason}\n`);
}

async function getPrograms() {
  const programs = await findBinaries([...CONTROL_PLANE, ...MACHINE, 'helm']);
  const images = await findImages(IMAGE_NAMES);
  const linter = await hadolint();
  const kept = await findKeptImage('0.1.0');
  if (typeof linter !== 'string') throw new Error(linter.skip);
  for (const file of [linter, kept, ...Object.values(programs), ...Object.values(images)]) {
    process.stdout.write(`${file}\n`);
  }
}

function requireSystem() {
  if (process.platform !== 'linux') throw new Error('it needs Linux');
  if (process.getuid() !== 0) throw new Error('it needs root, to make containers');
}
