import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBinaries } from '../../scripts/toolchain/cluster-binaries.mjs';
import { consoleBlocks, isLook, steady, words } from '../cluster/install/console-blocks.js';
import { ControlPlane } from '../cluster/control-plane.js';
import { theCluster } from '../cluster/test-cluster.js';
import { until } from '../support/until.js';
import { Helm, runProgram, type Said } from './helm.js';

const SHOWN = consoleBlocks(readFileSync('docs/install.md', 'utf8'));

// In their order, on a cluster of their own: each rests on those before it.
describe.skipIf(theCluster().facts.kubelet === undefined)('the page of the installation', () => {
  let plane: ControlPlane;
  let helm: Helm;
  let kubectl: string;
  beforeAll(async () => {
    plane = await ControlPlane.start();
    helm = await Helm.find('helm', plane.facts.adminKubeconfig);
    kubectl = (await findBinaries(['kubectl'])).kubectl;
  });
  afterAll(async () => {
    helm?.end();
    await plane?.stop();
  });

  const say = ([program = '', ...args]: string[]): Promise<Said> => {
    if (program === 'helm') return helm.run(...args);
    expect(program).toBe('kubectl');
    const { folder, adminKubeconfig } = plane.facts;
    const env = { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: adminKubeconfig };
    return runProgram(kubectl, args, env);
  };

  it.each(SHOWN)('shows what is printed: $command', async ({ command, output }) => {
    const [program = '', ...args] = words(command);
    let seen = '';
    const isShown = async (): Promise<boolean> => {
      const { stdout, stderr } = await say([program, ...args]);
      seen = stdout + stderr;
      return steady(seen) === steady(output);
    };
    if (!isLook(args)) await isShown();
    else await until('it is shown', isShown, 10_000).catch(() => undefined);
    expect(steady(seen), seen).toBe(steady(output));
  });
});
