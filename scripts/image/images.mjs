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
import { buildImage, contentsOf, removeImages, saveImage } from './buildah.mjs';
import { pruneArchives, pruneLayers, touchArchive } from './prune.mjs';

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
  'scripts/image/manifest.mjs',
  'src/**',
];
const REAL_NODE = 'test/node/images/astromesh.Containerfile';
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
  astromesh: {
    containerfile: REAL_NODE,
    context: path.join(ROOT, 'test', 'node', 'images'),
    sources: [],
    base: true,
  },
};

/** Those that the test's machine holds: all of them. */
export const IMAGE_NAMES = Object.keys(IMAGES);

/**
 * The name that a runtime knows an image by. That of the real node is the one of the reference node
 * with another tag, for that is what a tenant can ask for.
 */
export function imageName(name) {
  if (name !== 'astromesh') return `docker.io/library/${name}:${version}`;
  const [, real] = /^ARG ASTROMESH=(\S+)$/m.exec(readFileSync(path.join(ROOT, REAL_NODE), 'utf8'));
  return `docker.io/library/nexus-node:astromesh-${real}`;
}

/**
 * The archives of images by their names; the first call on a machine may take ten minutes, and says so
 * on the error stream.
 *
 * @param names of `IMAGE_NAMES`
 * @throws Error with what to do, when one cannot be built
 */
export async function findImages(names, { env = process.env } = {}) {
  const found = {};
  for (const name of names) {
    const image = await located(IMAGES[name]);
    const folder = path.join(cacheRoot(env), 'images', 'archives');
    found[name] = path.join(folder, `${name}-${contentOf(image)}.tar`);
    if (existsSync(found[name])) {
      touchArchive(found[name]);
      continue;
    }
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

async function make(name, image, archive, env) {
  const used = await build(imageName(name), image, [], env);
  const draft = mkdtempSync(`${archive}.new-`);
  try {
    await saveImage(imageName(name), path.join(draft, 'image.tar'), env);
    renameSync(path.join(draft, 'image.tar'), archive);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  const folder = path.dirname(archive);
  pruneArchives(folder);
  pruneLayers(path.dirname(folder), used, { env });
}

/** @returns the layers that it used */
async function build(tag, { containerfile, context, base }, args, env) {
  requirePrograms();
  if (base) await ensureBaseImage(env);
  const begin = base ? [`--build-arg=NODE_IMAGE=${BASE_IMAGE}`] : [];
  const file = path.join(ROOT, containerfile);
  return buildImage({ name: tag, file, context, args: [...begin, ...args] }, env);
}

/**
 * Builds an image twice without a layer of former builds.
 *
 * @param name `nexus-server` or `nexus-node`
 * @returns what each of the two is made of: `{ id, layers }`, the digests of its configuration and layers
 */
export async function buildTwice(name, { env = process.env } = {}) {
  const image = await located(IMAGES[name]);
  const folder = path.join(cacheRoot(env), 'images', 'archives');
  mkdirSync(folder, { recursive: true });
  return withLock(path.join(folder, 'lock'), async () => {
    const built = [];
    for (const time of ['once', 'again']) {
      const tag = `localhost/${name}:${time}`;
      const used = await build(tag, image, ['--no-cache'], env);
      built.push(contentsOf(tag, env));
      removeImages([tag], env);
      // Where both are the same they are also those of the cache, which stay.
      pruneLayers(path.dirname(folder), used, { env });
    }
    return built;
  });
}

function requirePrograms() {
  for (const program of ['buildah', 'debootstrap']) {
    if (spawnSync(program, ['--version']).error === undefined) continue;
    throw new Error(`there is no ${program} to build images with; install the package ${program}`);
  }
}
