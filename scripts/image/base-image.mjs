// Stands in for the official image of Node where no registry can be reached: Debian from its own
// archive, Node and npm from the packages that the same people publish.

import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createRequire } from 'node:module';
import { longStep } from '../toolchain/long-step.mjs';
import { buildImage, hasImage } from './buildah.mjs';

export const BASE_IMAGE = 'docker.io/library/node:24-bookworm-slim';

const { devDependencies } = createRequire(import.meta.url)('../../package.json');
const PLATFORM = process.arch === 'arm64' ? 'linux-arm64' : 'linux-x64';
const NPM = 'npm@11.19.1';
const CONTAINERFILE = [
  'FROM scratch',
  'COPY root /',
  'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  'CMD ["node"]',
  '',
].join('\n');

/** Makes sure that the image which the others begin with is in the store. */
export async function ensureBaseImage(env) {
  if (hasImage(BASE_IMAGE, env)) return;
  const folder = mkdtempSync(path.join(tmpdir(), 'nexus-base-'));
  try {
    const root = path.join(folder, 'root');
    const debian = ['--variant=minbase', '--include=ca-certificates', 'bookworm', root];
    await longStep('Getting Debian', 'nice', ['-n', '15', 'debootstrap', ...debian], folder);
    addNode(root, folder);
    addUser(root);
    const file = path.join(folder, 'Containerfile');
    writeFileSync(file, CONTAINERFILE);
    await buildImage({ name: BASE_IMAGE, file, context: folder }, env);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function addNode(root, folder) {
  const local = path.join(root, 'usr', 'local');
  const node = unpack(`node-${PLATFORM}@${devDependencies.node}`, folder, 'node');
  cpSync(path.join(node, 'bin', 'node'), path.join(local, 'bin', 'node'));
  chmodSync(path.join(local, 'bin', 'node'), 0o755);
  cpSync(path.join(node, 'include'), path.join(local, 'include'), { recursive: true });
  const modules = path.join(local, 'lib', 'node_modules');
  mkdirSync(modules, { recursive: true });
  cpSync(unpack(NPM, folder, 'npm'), path.join(modules, 'npm'), { recursive: true });
  for (const name of ['npm', 'npx']) {
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, path.join(local, 'bin', name));
    chmodSync(path.join(modules, 'npm', 'bin', `${name}-cli.js`), 0o755);
  }
}

function unpack(name, folder, as) {
  const into = path.join(folder, as);
  mkdirSync(into);
  const packed = run('npm', ['pack', '--silent', `--pack-destination=${folder}`, name], folder);
  const archive = path.join(folder, packed.trim().split('\n').at(-1));
  run('tar', ['-xzf', archive, '-C', into, '--strip-components=1'], folder);
  return into;
}

/** The one of the official image, and where packages come from whatever the clock says. */
function addUser(root) {
  run('chroot', [root, 'groupadd', '--gid', '1000', 'node'], root);
  run('chroot', [root, 'useradd', '--uid=1000', '--gid=node', '--create-home', 'node'], root);
  const file = path.join(root, 'etc', 'apt', 'apt.conf.d', 'clock');
  writeFileSync(file, 'Acquire::Check-Date "false";\nAcquire::Check-Valid-Until "false";\n');
}

function run(program, args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  if (status === 0) return stdout;
  throw new Error(`${program} ${args.join(' ')} failed: ${error?.message ?? stderr}`);
}
