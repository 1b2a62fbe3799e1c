// The image of a release that is kept for the tests of upgrades: built from its own commit by its own
// Containerfile, once on a machine.

import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cacheRoot } from '../toolchain/cluster-binaries.mjs';
import { withLock } from '../toolchain/lock.mjs';
import { ROOT } from '../toolchain.mjs';
import { BASE_IMAGE, ensureBaseImage } from './base-image.mjs';
import { buildImage, saveImage } from './buildah.mjs';

/** The tag of a kept release; its own would be that of the checkout as well. */
export function keptTag(version) {
  return `${version}-kept`;
}

/**
 * The archive of the control plane's image of a kept release. A commit that a shallow clone lacks is
 * fetched.
 *
 * @throws Error with what to do, when the commit is not to be had
 */
export async function findKeptImage(version, { env = process.env } = {}) {
  const commit = readFileSync(
    path.join(ROOT, 'test', 'fixtures', version, 'commit'),
    'utf8',
  ).trim();
  const folder = path.join(cacheRoot(env), 'images', 'archives');
  const archive = path.join(folder, `nexus-server-${version}-${commit.slice(0, 16)}.tar`);
  if (!existsSync(archive)) {
    mkdirSync(folder, { recursive: true });
    await withLock(path.join(folder, 'lock'), async () => {
      if (!existsSync(archive)) await make(version, commit, archive, env);
    });
  }
  // It is in use, however old it is.
  utimesSync(archive, new Date(), new Date());
  return archive;
}

async function make(version, commit, archive, env) {
  const name = `docker.io/library/nexus-server:${keptTag(version)}`;
  const context = mkdtempSync(path.join(tmpdir(), 'nexus-kept-'));
  const draft = `${archive}.new-${process.pid}`;
  try {
    checkOut(version, commit, context);
    await ensureBaseImage(env);
    const args = [`--build-arg=NODE_IMAGE=${BASE_IMAGE}`];
    const file = path.join(context, 'Containerfile');
    await buildImage({ name, file, context, args }, env);
    await saveImage(name, draft, env);
    renameSync(draft, archive);
  } finally {
    rmSync(context, { recursive: true, force: true });
    rmSync(draft, { force: true });
  }
}

function checkOut(version, commit, folder) {
  if (!has(commit)) git('fetch', '--quiet', '--depth=1', 'origin', commit);
  if (!has(commit)) {
    const why = 'the release that upgrades begin with';
    throw new Error(
      `this checkout does not have the commit ${commit} of ${version}, ${why}, and its origin did not give it; get it with: git fetch origin ${commit}`,
    );
  }
  const file = path.join(folder, 'checkout.tar');
  for (const [program, ...args] of [
    ['git', '-C', ROOT, 'archive', `--output=${file}`, commit],
    ['tar', '-xf', file, '-C', folder],
  ]) {
    const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${stderr}`);
  }
  rmSync(file);
}

function has(commit) {
  return git('cat-file', '-e', `${commit}^{commit}`).status === 0;
}

function git(...args) {
  return spawnSync('git', ['-C', ROOT, ...args]);
}
