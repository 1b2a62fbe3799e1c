// Runs buildah on a store of its own in the cache, without a daemon and without a container engine.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { cacheRoot } from '../toolchain/cluster-binaries.mjs';
import { longStep } from '../toolchain/long-step.mjs';

/** Every file and layer says that it was made then, so that the same files make the same image. */
const MADE_AT = '0';
const CERTIFICATES = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'];

/**
 * Builds an image.
 *
 * @param what `{ name, file, context, args }`: its name with a tag, its Containerfile, the folder
 *   that it is made from, and further arguments
 * @returns the ids of the layers that it is made of, or the beginnings of them, those of all its stages
 * @throws Error when a step fails; its output is on the error stream then
 */
export async function buildImage({ name, file, context, args = [] }, env) {
  const ignored = path.join(context, '.containerignore');
  const said = await buildah(
    `Building the image ${name}`,
    [
      'bud',
      '--layers',
      '--pull=false',
      `--timestamp=${MADE_AT}`,
      ...(existsSync(ignored) ? [`--ignorefile=${ignored}`] : []),
      ...secrets(env),
      ...args,
      `--file=${file}`,
      `--tag=${name}`,
      context,
    ],
    env,
  );
  return [...said.matchAll(/^--> (?:Using cache )?([0-9a-f]{11,})$/gm)].map(([, id]) => id);
}

/** Writes an image to an archive that a container runtime can import. */
export function saveImage(name, archive, env) {
  return buildah(
    `Saving the image ${name}`,
    ['push', '--quiet', name, `oci-archive:${archive}:${name}`],
    env,
  );
}

/** All images in the store, layers that are kept for the next build among them: `{ id, names }`. */
export function listImages(env) {
  const said = ask(['images', '--all', '--json', '--no-trunc'], env);
  return said === '' ? [] : JSON.parse(said).map(({ id, names }) => ({ id, names: names ?? [] }));
}

/** The digest of an image's configuration, which names the contents of its layers as well. */
export function contentsOf(name, env) {
  const {
    FromImageID: id,
    OCIv1: { rootfs },
  } = JSON.parse(ask(['inspect', '--type=image', name], env));
  return { id, layers: rootfs.diff_ids };
}

/** Removes images by id or name; false when one is still needed by another. */
export function removeImages(ids, env) {
  return spawnSync('buildah', [...store(env), 'rmi', ...ids]).status === 0;
}

/** Whether the store holds an image, or could get it. */
export function hasImage(name, env) {
  return [
    ['inspect', '--type=image', name],
    ['pull', '--quiet', name],
  ].some(
    (args) => spawnSync('buildah', [...store(env), ...args], { timeout: 60_000 }).status === 0,
  );
}

function buildah(what, args, env) {
  // In the one network that there is, and without a runtime to start containers with.
  const command = ['-n', '15', 'env', 'BUILDAH_ISOLATION=chroot', 'buildah', ...store(env)];
  return longStep(what, 'nice', [...command, ...args], path.dirname(cacheRoot(env)));
}

function ask(args, env) {
  const { status, stdout, stderr, error } = spawnSync('buildah', [...store(env), ...args], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status === 0) return stdout.trim();
  throw new Error(`buildah ${args[0]} failed: ${error?.message ?? stderr}`);
}

function store(env) {
  const folder = path.join(cacheRoot(env), 'images');
  return ['--root', path.join(folder, 'store'), '--runroot', path.join(folder, 'run')];
}

/** What a build may need to reach a registry of packages, and no layer may hold. */
function secrets(env) {
  const npmrc = env.npm_config_userconfig || path.join(env.HOME ?? '', '.npmrc');
  const ca = CERTIFICATES.map((name) => env[name]).find((file) => file && existsSync(file));
  const pip = [env.PIP_CONFIG_FILE, '/etc/pip.conf'].find((file) => file && existsSync(file));
  return [
    ...(pip ? [`--secret=id=pip,src=${pip}`] : []),
    ...(existsSync(npmrc) ? [`--secret=id=npmrc,src=${npmrc}`] : []),
    ...(ca ? [`--secret=id=ca,src=${ca}`] : []),
  ];
}
