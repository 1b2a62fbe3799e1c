// What the tests want of the system itself: packages of Debian, and how one sees that what is in them
// is there. Uses nothing newer than Node 18, for it runs before anything is installed.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { installPackages } from '../toolchain/debian-packages.mjs';

const program = (name) => () =>
  (process.env.PATH ?? '').split(path.delimiter).some((one) => existsSync(path.join(one, name)));
const file = (name) => () => existsSync(name);
const pythonModule = (name) => () => spawnSync('python3', ['-c', `import ${name}`]).status === 0;

const BUILD = {
  'g++': program('g++'),
  make: program('make'),
  python3: program('python3'),
  // Without it an environment of Python has no pip.
  'python3-venv': pythonModule('ensurepip'),
};

const NETWORK = { iproute2: program('ip'), 'util-linux': program('unshare') };

const MACHINE = {
  ...NETWORK,
  buildah: program('buildah'),
  'containernetworking-plugins': file('/usr/lib/cni/bridge'),
  debootstrap: program('debootstrap'),
  // Ports of pods are mapped by it.
  iptables: program('iptables'),
  nftables: program('nft'),
  runc: program('runc'),
};

/** Packages by what they are for: compilers, a network of the tests' own, a machine of their own. */
export const PACKAGES = { build: BUILD, network: NETWORK, machine: MACHINE };

/**
 * Installs those that are missing, where that is possible.
 *
 * @param parts names in `PACKAGES`
 * @throws Error that names them and says why they cannot be installed
 */
export async function ensurePackages(parts) {
  const missing = missingPackages(parts);
  if (missing.length === 0) return;
  try {
    await installPackages(missing);
  } catch (error) {
    throw new Error(`the packages ${missing.join(', ')} are missing: ${error.message}`, {
      cause: error,
    });
  }
  const absent = missingPackages(parts);
  if (absent.length > 0) throw new Error(`the packages ${absent.join(', ')} hold something else`);
}

/** Names of packages whose contents are not there. */
export function missingPackages(parts) {
  const wanted = Object.assign({}, ...parts.map((part) => PACKAGES[part]));
  return Object.keys(wanted).filter((name) => !wanted[name]());
}
