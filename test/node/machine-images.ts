/** The images that the machine has. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import { findBinaries } from '../../scripts/toolchain/cluster-binaries.mjs';
import { placesIn } from './places.js';

/** Gives an image that is there another name as well. */
export async function tagImage(name: string, other: string): Promise<void> {
  const { ctr } = await findBinaries(['ctr']);
  const socket = placesIn(inject('machine').folder).at('containerd.sock');
  const where = ['-a', socket, '-n', 'k8s.io'];
  await promisify(execFile)(ctr, [...where, 'images', 'tag', '--force', name, other]);
}
