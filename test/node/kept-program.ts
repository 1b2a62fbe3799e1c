/** The program of a kept release, on the machine. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { findKeptImage, keptTag } from '../../scripts/image/kept-image.mjs';
import { findBinaries } from '../../scripts/toolchain/cluster-binaries.mjs';
import type { Install } from './install.js';

const run = promisify(execFile);

/** Brings its image to the machine; gives the values of the chart that choose it. */
export async function giveKeptProgram({ cluster }: Install, version: string): Promise<string[]> {
  const archive = await findKeptImage(version);
  const { ctr } = await findBinaries(['ctr']);
  const socket = path.join(cluster.facts.folder, 'containerd.sock');
  await run(ctr, ['-a', socket, '-n', 'k8s.io', 'images', 'import', '--local', archive]);
  return ['--set', `image.tag=${keptTag(version)}`];
}
