// Finds the programs of the test cluster: where the environment says, in a cache outside of the
// repository, among the official downloads; else builds them from the modules in `test/tools`.

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
} from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './lock.mjs';
import { longStep } from './long-step.mjs';
import { download } from './official-binaries.mjs';

const TOOLS = fileURLToPath(new URL('../../test/tools/', import.meta.url));
const COMPONENT = 'k8s.io/component-base/version';

/** Without them a server calls itself v0.0.0-master, and clients that look refuse it. */
const kubernetesVersion = (version) => [
  `-X ${COMPONENT}.gitVersion=${version}`,
  ...['gitMajor', 'gitMinor'].map(
    (part, at) => `-X ${COMPONENT}.${part}=${version.slice(1).split('.')[at]}`,
  ),
];

/**
 * What each module builds, and what its programs are told of their version: that of `pins`, or else
 * of the first package.
 */
const MODULES = {
  etcd: {
    packages: { etcd: 'go.etcd.io/etcd/server/v3' },
    flags: () => [],
  },
  kubernetes: {
    packages: {
      'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
      'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
      kubectl: 'k8s.io/kubernetes/cmd/kubectl',
    },
    flags: kubernetesVersion,
  },
  helm: {
    packages: {
      helm: 'helm.sh/helm/v4/cmd/helm',
      kubeconform: 'github.com/yannh/kubeconform/cmd/kubeconform',
    },
    flags: () => [],
  },
  helm3: {
    packages: { helm3: 'helm.sh/helm/v3/cmd/helm' },
    flags: () => [],
  },
  node: {
    packages: {
      kubelet: 'k8s.io/kubernetes/cmd/kubelet',
      'kube-proxy': 'k8s.io/kubernetes/cmd/kube-proxy',
      'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
      netpol: './netpol',
      pause: './pause',
    },
    flags: kubernetesVersion,
  },
  containerd: {
    packages: {
      containerd: 'github.com/containerd/containerd/v2/cmd/containerd',
      'containerd-shim-runc-v2': 'github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2',
      ctr: 'github.com/containerd/containerd/v2/cmd/ctr',
    },
    flags: (version) => [`-X github.com/containerd/containerd/v2/version.Version=${version}`],
    tags: ['no_btrfs', 'no_devmapper', 'no_zfs'],
  },
  coredns: {
    packages: { coredns: '.' },
    pins: 'github.com/coredns/coredns',
    flags: () => [],
  },
};

/** The programs of a control plane without machines. */
export const CONTROL_PLANE = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl'];

/** The programs of a machine, beside those of a control plane. */
export const MACHINE = ['node', 'containerd', 'coredns'].flatMap((module) =>
  Object.keys(MODULES[module].packages),
);

/**
 * The paths of programs by their names; the first call on a machine may take ten minutes, and says
 * so on the error stream.
 *
 * @param names of programs in `MODULES`
 * @param options of tests: another environment, another way of getting what is missing
 * @throws Error with what to do, when one cannot be had
 */
export async function findBinaries(names, { env = process.env, get = getMissing } = {}) {
  const found = Object.fromEntries(names.map((name) => [name, given(name, env)]));
  for (const module of Object.keys(MODULES)) {
    const wanted = names.filter((name) => !found[name] && name in MODULES[module].packages);
    if (wanted.length === 0) continue;
    const folder = cacheFolder(module, env);
    const inCache = (name) => path.join(folder, name);
    if (!wanted.every((name) => existsSync(inCache(name)))) {
      mkdirSync(folder, { recursive: true });
      await withLock(`${folder}.lock`, async () => {
        const missing = wanted.filter((name) => !existsSync(inCache(name)));
        if (missing.length > 0) await get(module, missing, folder);
      });
    }
    for (const name of wanted) found[name] = inCache(name);
  }
  return found;
}

/** The version that a module pins its first program at, for example `v1.36.3`. */
export function pinnedVersion(module) {
  const { packages, pins: program = Object.values(packages)[0] } = MODULES[module];
  const text = readFileSync(path.join(TOOLS, module, 'go.mod'), 'utf8');
  const versions = [...text.matchAll(/^(?:require )?\s*(\S+) (v\S+)( \/\/ indirect)?$/gm)];
  return versions.find(([, name]) => program.startsWith(name))[2];
}

/** What the environment names, by the convention of controller-runtime's envtest. */
function given(name, env) {
  const variable = `TEST_ASSET_${name.toUpperCase().replaceAll('-', '_')}`;
  const named = env[variable];
  if (named && !existsSync(named)) throw new Error(`${variable} names no file: ${named}`);
  if (named) return named;
  const folder = env.KUBEBUILDER_ASSETS;
  if (!folder) return undefined;
  if (!existsSync(folder)) throw new Error(`KUBEBUILDER_ASSETS names no folder: ${folder}`);
  const file = path.join(folder, name);
  return existsSync(file) ? file : undefined;
}

/** A folder of its own for what exactly these sums and sources describe. */
function cacheFolder(module, env) {
  const hash = createHash('sha256');
  const sources = globSync('**/*.go', { cwd: path.join(TOOLS, module) }).toSorted();
  for (const file of ['go.mod', 'go.sum', ...sources])
    hash.update(readFileSync(path.join(TOOLS, module, file)));
  return path.join(cacheRoot(env), `${module}-${hash.digest('hex').slice(0, 16)}`);
}

/** Where what was built or downloaded once is kept, outside of the repository. */
export function cacheRoot(env) {
  const cache = env.XDG_CACHE_HOME || path.join(env.HOME || homedir(), '.cache');
  return path.join(cache, 'nexus');
}

async function getMissing(module, names, folder) {
  const draft = mkdtempSync(`${folder}.new-`);
  try {
    const got = await download(names, pinnedVersion('kubernetes'), draft);
    const rest = names.filter((name) => !got.includes(name));
    if (rest.length > 0) await build(module, rest, draft);
    for (const name of names) renameSync(path.join(draft, name), path.join(folder, name));
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

async function build(module, names, folder) {
  const { status } = spawnSync('go', ['version']);
  if (status !== 0) {
    throw new Error(
      `${names.join(', ')}: there is no Go to build them with; install Go, or set KUBEBUILDER_ASSETS`,
    );
  }
  const { packages, flags, tags = [] } = MODULES[module];
  const version = pinnedVersion(module);
  const output = names.length === 1 ? path.join(folder, names[0]) : `${folder}${path.sep}`;
  const flagged = ['-s', '-w', ...flags(version)].join(' ');
  // All of them without cgo: what two modules share is then compiled once. Behind whatever else runs.
  const go = ['-n', '15', 'env', 'CGO_ENABLED=0', 'go', 'build', '-trimpath', '-buildvcs=false'];
  if (tags.length > 0) go.push('-tags', tags.join(','));
  await longStep(
    `Building ${names.join(', ')} ${version}, once`,
    'nice',
    [...go, '-ldflags', flagged, '-o', output, ...names.map((name) => packages[name])],
    path.join(TOOLS, module),
  );
}
