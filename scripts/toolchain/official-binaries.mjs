// Official builds of the programs of a test cluster, where the network allows: the archives that
// controller-runtime's envtest uses, and Kubernetes' own downloads for what these do not hold.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const SOURCES = {
  index:
    'https://raw.githubusercontent.com/kubernetes-sigs/controller-tools/HEAD/envtest-releases.yaml',
  kubernetes: 'https://dl.k8s.io/release',
};
const IN_ARCHIVE = ['etcd', 'kube-apiserver', 'kubectl'];
const ON_ITS_OWN = ['kube-controller-manager'];
/** An answer to the first question; whoever may not use the network waits no longer than that. */
const ANSWER_WITHIN_MS = 5_000;
const DOWNLOAD_WITHIN_MS = 300_000;

/**
 * Puts those of some programs into a folder that can be had for this platform.
 *
 * @param version of Kubernetes, for example `v1.36.3`
 * @param sources of tests: other addresses
 * @returns the names of the programs that it got, which may be none
 * @throws Error when what was sent is not what its checksum says
 */
export async function download(names, version, folder, sources = SOURCES) {
  const got = [];
  const archived = names.filter((name) => IN_ARCHIVE.includes(name));
  if (archived.length > 0 && (await unpack(archived, version, folder, sources))) {
    got.push(...archived);
  }
  for (const name of names.filter((one) => ON_ITS_OWN.includes(one))) {
    if (await fetchProgram(name, version, folder, sources)) got.push(name);
  }
  return got;
}

/** The platform in the words of Go. */
function platform(separator) {
  const arch = { x64: 'amd64' }[process.arch] ?? process.arch;
  return `${process.platform}${separator}${arch}`;
}

async function unpack(names, version, folder, { index }) {
  const listed = await ask(index, ANSWER_WITHIN_MS);
  if (listed === undefined) return false;
  const name = `envtest-${version}-${platform('-')}.tar.gz`;
  const [, entry] = listed.toString().split(`${name}:\n`);
  if (entry === undefined) return false;
  const [, hash] = /hash: ([0-9a-f]{128})/.exec(entry) ?? [];
  const [, address] = /selfLink: (\S+)/.exec(entry) ?? [];
  const archive = await ask(address, DOWNLOAD_WITHIN_MS);
  if (archive === undefined) return false;
  check(archive, hash, address);
  const file = path.join(folder, name);
  writeFileSync(file, archive);
  const inside = names.map((one) => `controller-tools/envtest/${one}`);
  const args = ['-xzf', file, '-C', folder, ...inside];
  const { status, stderr } = spawnSync('tar', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${address} cannot be unpacked: ${stderr}`);
  for (const one of names) {
    renameSync(path.join(folder, 'controller-tools', 'envtest', one), path.join(folder, one));
  }
  rmSync(file);
  return true;
}

async function fetchProgram(name, version, folder, { kubernetes }) {
  const address = `${kubernetes}/${version}/bin/${platform('/')}/${name}`;
  const hash = await ask(`${address}.sha512`, ANSWER_WITHIN_MS);
  if (hash === undefined) return false;
  const program = await ask(address, DOWNLOAD_WITHIN_MS);
  if (program === undefined) return false;
  check(program, hash.toString().trim().slice(0, 128), address);
  const file = path.join(folder, name);
  writeFileSync(file, program);
  chmodSync(file, 0o755);
  return true;
}

/** What an address holds; undefined when it is not there or not to be reached. */
async function ask(address, withinMs) {
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(withinMs) });
    return answer.ok ? Buffer.from(await answer.arrayBuffer()) : undefined;
  } catch {
    return undefined;
  }
}

function check(data, expected, address) {
  const found = createHash('sha512').update(data).digest('hex');
  if (found !== expected) throw new Error(`${address} does not have the checksum it should have`);
}
