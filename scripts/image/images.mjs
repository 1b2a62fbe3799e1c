// Finds the images of the project as archives in the cache, or builds them there. What they are made
// from is part of the name: the same files are never built twice.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { cacheRoot, findBinaries } from '../toolchain/cluster-binaries.mjs';
import { withLock } from '../toolchain/lock.mjs';
import { ROOT } from '../toolchain.mjs';
import { BASE_IMAGE, ensureBaseImage } from './base-image.mjs';
import { buildImage, saveImage } from './buildah.mjs';

const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
/** What `.containerignore` lets in. */
const SOURCES = [
  'LICENSE',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  '.containerignore',
  'scripts/image/bill-of-materials.mjs',
  'src/**',
];
const project = (containerfile) => ({ containerfile, context: ROOT, sources: SOURCES, base: true });
const program = (name) => ({
  containerfile: `test/node/images/${name}.Containerfile`,
  program: name,
});

/** The images by their names: those that are published, and those of the test's machine. */
const IMAGES = {
  'nexus-server': project('Containerfile'),
  'nexus-node': project('Containerfile.node'),
  pause: program('pause'),
  coredns: program('coredns'),
};

/** The name that a runtime knows an image by. */
export function imageName(name) {
  return `docker.io/library/${name}:${version}`;
}

/**
 * The archives of images by their names; the first call on a machine may take ten minutes, and says so
 * on the error stream.
 *
 * @param names of `nexus-server`, `nexus-node`, `pause`, `coredns`
 * @throws Error with what to do, when one cannot be built
 */
export async function findImages(names, { env = process.env } = {}) {
  const found = {};
  for (const name of names) {
    const image = await located(IMAGES[name]);
    const folder = path.join(cacheRoot(env), 'images', 'archives');
    found[name] = path.join(folder, `${name}-${contentOf(image)}.tar`);
    if (existsSync(found[name])) continue;
    mkdirSync(folder, { recursive: true });
    await withLock(path.join(folder, 'lock'), async () => {
      if (!existsSync(found[name])) await make(name, image, found[name], env);
    });
  }
  return found;
}

/** Where what it is made from is; a program of the cache is its own context. */
async function located(image) {
  if (image.program === undefined) return image;
  const file = (await findBinaries([image.program]))[image.program];
  return { ...image, context: path.dirname(file), sources: [path.basename(file)] };
}

function contentOf({ containerfile, context, sources }) {
  const hash = createHash('sha256');
  hash.update(readFileSync(path.join(ROOT, containerfile)));
  const files = sources.flatMap((source) => globSync(source, { cwd: context }));
  for (const file of files.filter((one) => !one.endsWith('.spec.ts')).toSorted()) {
    const place = path.join(context, file);
    if (!statSync(place).isFile()) continue;
    hash.update(`${file}\n`).update(readFileSync(place));
  }
  return hash.digest('hex').slice(0, 16);
}

async function make(name, { containerfile, context, base }, archive, env) {
  requirePrograms();
  if (base) await ensureBaseImage(env);
  const args = base ? [`--build-arg=NODE_IMAGE=${BASE_IMAGE}`] : [];
  const file = path.join(ROOT, containerfile);
  await buildImage({ name: imageName(name), file, context, args }, env);
  const draft = mkdtempSync(`${archive}.new-`);
  try {
    await saveImage(imageName(name), path.join(draft, 'image.tar'), env);
    renameSync(path.join(draft, 'image.tar'), archive);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function requirePrograms() {
  for (const program of ['buildah', 'debootstrap']) {
    if (spawnSync(program, ['--version']).error === undefined) continue;
    throw new Error(`there is no ${program} to build images with; install the package ${program}`);
  }
}
