// Gets what a machine of the tests runs, once, before the tests that start one; says why when it is
// not to be had.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { hadolint } from '../../test/support/python-programs.ts';
import { findImages } from '../image/images.mjs';
import { findKeptImage } from '../image/kept-image.mjs';
import { CONTROL_PLANE, findBinaries, MACHINE } from '../toolchain/cluster-binaries.mjs';

/** Programs and the packages of Debian that they come in. */
const PACKAGES = {
  buildah: 'buildah',
  debootstrap: 'debootstrap',
  ip: 'iproute2',
  nft: 'nftables',
  runc: 'runc',
  setpriv: 'util-linux',
  unshare: 'util-linux',
};
const NETWORK_PLUGINS = '/usr/lib/cni/bridge';

try {
  requireMachine();
  const programs = await findBinaries([...CONTROL_PLANE, ...MACHINE, 'helm']);
  const images = await findImages(['pause', 'coredns', 'nexus-server', 'nexus-node']);
  const kept = await findKeptImage('0.1.0');
  const linter = await hadolint();
  if (typeof linter !== 'string') throw new Error(linter.skip);
  for (const file of [linter, kept, ...Object.values(programs), ...Object.values(images)]) {
    process.stdout.write(`${file}\n`);
  }
} catch (error) {
  const reason = `A machine for tests cannot be had: ${error.message}`;
  if (process.env.NEXUS_REQUIRE_CLUSTER === '1') throw new Error(reason, { cause: error });
  process.stdout.write(`missing: ${reason}\n`);
}

function requireMachine() {
  if (process.platform !== 'linux') throw new Error('it needs Linux');
  if (process.getuid() !== 0) throw new Error('it needs root, to make containers');
  const missing = Object.entries(PACKAGES)
    .filter(([program]) => spawnSync(program, ['--version']).error !== undefined)
    .map(([, name]) => name);
  if (!existsSync(NETWORK_PLUGINS)) missing.push('containernetworking-plugins');
  if (missing.length > 0) {
    throw new Error(`it needs the packages ${[...new Set(missing)].join(', ')}`);
  }
}
