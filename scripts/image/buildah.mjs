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
 * @throws Error when a step fails; its output is on the error stream then
 */
export function buildImage({ name, file, context, args = [] }, env) {
  const ignored = path.join(context, '.containerignore');
  return buildah(
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
}

/** Writes an image to an archive that a container runtime can import. */
export function saveImage(name, archive, env) {
  return buildah(
    `Saving the image ${name}`,
    ['push', '--quiet', name, `oci-archive:${archive}:${name}`],
    env,
  );
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

function store(env) {
  const folder = path.join(cacheRoot(env), 'images');
  return ['--root', path.join(folder, 'store'), '--runroot', path.join(folder, 'run')];
}

/** What a build may need to reach a registry of packages, and no layer may hold. */
function secrets(env) {
  const npmrc = env.npm_config_userconfig || path.join(env.HOME ?? '', '.npmrc');
  const ca = CERTIFICATES.map((name) => env[name]).find((file) => file && existsSync(file));
  return [
    ...(existsSync(npmrc) ? [`--secret=id=npmrc,src=${npmrc}`] : []),
    ...(ca ? [`--secret=id=ca,src=${ca}`] : []),
  ];
}
