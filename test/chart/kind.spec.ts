import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shellcheckProgram } from '../support/python-programs.js';
import { runProgram, type Said } from './helm.js';

const FOLDER = 'charts/kind';
const SCRIPTS = readdirSync(FOLDER).filter((name) => name.endsWith('.sh'));
const ROOT = process.cwd();
/** All that the scripts find, so that no run of a test reaches a kind, a helm or an engine. */
const THERE = ['cat', 'dirname', 'grep', 'mktemp', 'rm', 'sed'];

let bin: string;
beforeAll(() => {
  bin = mkdtempSync(path.join(tmpdir(), 'nexus-bin-'));
  for (const name of THERE) symlinkSync(found(name), path.join(bin, name));
});
afterAll(() => rmSync(bin, { recursive: true, force: true }));

const script = (name: string, ...args: string[]): Promise<Said> =>
  runProgram(found('sh'), [path.join(FOLDER, name), ...args], { PATH: bin });

describe('the scripts for a cluster on a laptop', () => {
  it.for(SCRIPTS)('have nothing that shellcheck finds in %s', async (name, { skip }) => {
    const program = await shellcheckProgram();
    if (typeof program !== 'string') {
      skip(program.skip);
      return;
    }
    const { code, stdout } = await runProgram(program, [path.join(FOLDER, name)], {});
    expect(code, stdout).toBe(0);
  });

  it('would build, load and install, in this order', async () => {
    const { code, stdout } = await script('bootstrap.sh', '--dry-run');
    expect(code).toBe(0);
    const steps = stdout
      .trim()
      .split('\n')
      .map((line) => line.replaceAll(ROOT, '.').replaceAll(/\S+\/image\.tar/g, 'image.tar'));
    expect(steps).toEqual([
      '+ docker build -f ./Containerfile -t nexus-server:0.1.0 .',
      '+ docker build -f ./Containerfile.node -t nexus-node:0.1.0 .',
      '+ kind create cluster --name nexus-local --config ./charts/kind/cluster.yaml --wait 120s',
      '+ docker save nexus-server:0.1.0 -o image.tar',
      '+ kind load image-archive image.tar --name nexus-local',
      '+ docker save nexus-node:0.1.0 -o image.tar',
      '+ kind load image-archive image.tar --name nexus-local',
      [
        '+ helm upgrade nexus ./charts/nexus --install --kube-context kind-nexus-local',
        '--namespace nexus-system --create-namespace --values ./charts/nexus/examples/laptop.yaml',
        '--set settings.NEXUS_NODE_IMAGE=nexus-node --set-string settings.NEXUS_NODE_TAG=0.1.0',
        '--wait --timeout 5m',
      ].join(' '),
    ]);
  });

  it('would delete that cluster and no other', async () => {
    const { code, stdout } = await script('teardown.sh', '--dry-run');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: '+ kind delete cluster --name nexus-local\n',
    });
  });

  it.each(SCRIPTS)(
    'refuse an option that %s does not have, and say which there are',
    async (name) => {
      const { code, stderr } = await script(name, '--dryrun');
      expect(code).toBe(2);
      expect(stderr).toContain('There is no option --dryrun');
      expect(stderr).toContain('--dry-run');
    },
  );

  it.each(SCRIPTS)('name the program that is missing when %s is run', async (name) => {
    const { code, stderr } = await script(name);
    expect(code).toBe(1);
    expect(stderr).toContain('kind is not there; install it first');
  });
});

function found(name: string): string {
  const file = ['/usr/bin', '/bin'].map((folder) => path.join(folder, name)).find(existsSync);
  if (file === undefined) throw new Error(`This machine has no ${name}`);
  return file;
}
