import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CONTROL_PLANE, findBinaries, pinnedVersion } from './cluster-binaries.mjs';
import { download } from './official-binaries.mjs';

let folder;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'nexus-binaries-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function file(...names) {
  const name = path.join(folder, ...names);
  mkdirSync(path.dirname(name), { recursive: true });
  writeFileSync(name, names.at(-1));
  return name;
}

describe('the programs of a test cluster', () => {
  const nothing = () => Promise.reject(new Error('nothing is to be got'));

  it('are those that the environment names, one by one or by their folder', async () => {
    const env = { TEST_ASSET_ETCD: file('my-etcd'), KUBEBUILDER_ASSETS: path.join(folder, 'all') };
    const kubectl = file('all', 'kubectl');
    file('all', 'etcd');
    expect(await findBinaries(['etcd', 'kubectl'], { env, get: nothing })).toEqual({
      etcd: env.TEST_ASSET_ETCD,
      kubectl,
    });
  });

  it.each(['TEST_ASSET_KUBE_APISERVER', 'KUBEBUILDER_ASSETS'])(
    'are not looked for elsewhere when %s names nothing',
    async (name) => {
      const env = { [name]: path.join(folder, 'nowhere') };
      const found = findBinaries(['kube-apiserver'], { env, get: nothing });
      await expect(found).rejects.toThrow(`${name} names no`);
    },
  );

  it('are got once, those of a module together, and found again', async () => {
    const env = { XDG_CACHE_HOME: folder };
    const got = [];
    const get = async (module, names, into) => {
      got.push([module, names]);
      for (const name of names) writeFileSync(path.join(into, name), '');
    };
    const first = await findBinaries(CONTROL_PLANE, { env, get });
    expect(got).toEqual([
      ['etcd', ['etcd']],
      ['kubernetes', ['kube-apiserver', 'kube-controller-manager', 'kubectl']],
    ]);
    expect(path.dirname(first.etcd)).toMatch(/nexus\/etcd-[0-9a-f]{16}$/);
    expect(await findBinaries(CONTROL_PLANE, { env, get: nothing })).toEqual(first);
  });

  it('have the versions that the modules pin', () => {
    expect(pinnedVersion('kubernetes')).toMatch(/^v1\.\d+\.\d+$/);
    expect(pinnedVersion('etcd')).toMatch(/^v3\.\d+\.\d+$/);
    expect(pinnedVersion('helm')).toMatch(/^v4\.\d+\.\d+$/);
    expect(pinnedVersion('helm3')).toMatch(/^v3\.\d+\.\d+$/);
    expect(pinnedVersion('node')).toBe(pinnedVersion('kubernetes'));
    expect(pinnedVersion('containerd')).toMatch(/^v2\.\d+\.\d+$/);
    expect(pinnedVersion('coredns')).toMatch(/^v1\.\d+\.\d+$/);
  });
});

describe('an official download', () => {
  const version = 'v1.2.3';
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  let server;
  let answers;
  beforeEach(async () => {
    answers = {};
    server = createServer(({ url }, response) => {
      const answer = answers[url];
      response.writeHead(answer === undefined ? 404 : 200).end(answer);
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  const root = () => `http://127.0.0.1:${server.address().port}`;
  const get = (names) =>
    download(names, version, folder, { index: `${root()}/index`, kubernetes: root() });
  const sha512 = (data) => createHash('sha512').update(data).digest('hex');

  function offerArchive(hash = sha512) {
    file('made', 'controller-tools', 'envtest', 'etcd');
    const archive = execFileSync('tar', [
      '-cz',
      '-C',
      path.join(folder, 'made'),
      'controller-tools',
    ]);
    answers['/archive'] = archive;
    answers['/index'] = [
      'releases:',
      `  ${version}:`,
      `    envtest-${version}-${process.platform}-${arch}.tar.gz:`,
      `      hash: ${hash(archive)}`,
      `      selfLink: ${root()}/archive`,
    ].join('\n');
  }

  function offerProgram(hash = sha512) {
    const address = `/${version}/bin/${process.platform}/${arch}/kube-controller-manager`;
    answers[address] = 'a program';
    answers[`${address}.sha512`] = hash('a program');
  }

  it('gives the programs of the archive, and the one that it lacks', async () => {
    offerArchive();
    offerProgram();
    expect(await get(['etcd', 'kube-controller-manager'])).toEqual([
      'etcd',
      'kube-controller-manager',
    ]);
    expect(readFileSync(path.join(folder, 'etcd'), 'utf8')).toBe('etcd');
    const { mode } = statSync(path.join(folder, 'kube-controller-manager'));
    expect(mode & 0o111).toBe(0o111);
  });

  it('gives nothing where nothing is offered, or nobody answers', async () => {
    expect(await get(['etcd', 'kube-controller-manager', 'helm'])).toEqual([]);
    const nobody = { index: 'http://127.0.0.1:1/index', kubernetes: 'http://127.0.0.1:1' };
    expect(await download(['etcd', 'kube-controller-manager'], version, folder, nobody)).toEqual(
      [],
    );
  });

  it('is refused when it is not what its checksum says', async () => {
    offerArchive(() => sha512('something else'));
    offerProgram(() => sha512('something else'));
    await expect(get(['etcd'])).rejects.toThrow('checksum');
    await expect(get(['kube-controller-manager'])).rejects.toThrow('checksum');
  });
});
