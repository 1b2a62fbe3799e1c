/** Whoever follows the page of the installation sees what it shows: on a machine, to the end. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { imageName } from '../../scripts/image/images.mjs';
import { findBinaries } from '../../scripts/toolchain/cluster-binaries.mjs';
import { Helm, runProgram, type Said } from '../chart/helm.js';
import { consoleBlocks, isLook, steady, words } from '../cluster/install/console-blocks.js';
import { until } from '../support/until.js';
import { NAMESPACE } from './install.js';
import { placesIn } from './places.js';

const SHOWN = consoleBlocks(readFileSync('docs/install.md', 'utf8'));
const SECOND = ['second', '--namespace', 'nexus-second'];
/** That of the tenants' nodes, where nobody sets another one. */
const DEFAULT_NODE = 'docker.io/fulfarodev/astromesh:0.40.0';
const LABEL = 'pod-security.kubernetes.io/enforce';

// In their order: each rests on those before it.
describe('the page of the installation', () => {
  const { adminKubeconfig, folder } = inject('machine');
  let helm: Helm;
  let kubectl: string;

  const say = ([program = '', ...args]: string[]): Promise<Said> => {
    if (program === 'helm') return helm.run(...args);
    expect(program).toBe('kubectl');
    const env = { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: adminKubeconfig };
    return runProgram(kubectl, args, env);
  };

  /** What others installed here, and what the page does, goes; what an uninstall keeps stays. */
  async function uninstall(): Promise<void> {
    const patience = ['--ignore-not-found', '--wait', '--timeout', '90s'];
    for (const release of [['nexus', '--namespace', NAMESPACE], SECOND]) {
      await helm.must('uninstall', ...release, ...patience);
    }
    await say(['kubectl', 'delete', 'namespace', 'nexus-second', '--ignore-not-found']);
    await say(['kubectl', 'label', 'namespace', NAMESPACE, `${LABEL}-`]);
  }

  beforeAll(async () => {
    helm = await Helm.find('helm', adminKubeconfig);
    const found = await findBinaries(['kubectl', 'ctr']);
    kubectl = found.kubectl;
    await uninstall();
    const store = ['-a', placesIn(folder).at('containerd.sock'), '-n', 'k8s.io'];
    const tag = ['images', 'tag', '--force', imageName('astromesh'), DEFAULT_NODE];
    await promisify(execFile)(found.ctr, [...store, ...tag]);
  });
  afterAll(async () => {
    await uninstall();
    helm.end();
  });

  it.each(SHOWN)('shows what is printed: $command', async ({ command, output }) => {
    const [program = '', ...args] = words(command);
    let seen = '';
    const isShown = async (): Promise<boolean> => {
      const { stdout, stderr } = await say([program, ...args]);
      seen = stdout + stderr;
      return steady(seen) === steady(output);
    };
    if (!isLook(args)) await isShown();
    else await until('it is shown', isShown, 60_000).catch(() => undefined);
    expect(steady(seen), seen).toBe(steady(output));
  });
});
