import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../support/until.js';
import { theCluster } from '../test-cluster.js';
import { consoleBlocks, isLook, steady, words } from './console-blocks.js';
import { Installed, NAMESPACE } from './installed.js';

const CRDS = ['crd/nexustenants.nexus.astromesh.io', 'crd/nexusagents.nexus.astromesh.io'];
const PAGES = ['docs/spec/nexustenant.md', 'docs/spec/nexusagent.md'];
/** An Event reaches the API server a moment after what it tells of. */
const SHOWN_WITHIN = { attempts: 40, pauseMs: 500 };

// In their order: each rests on those before it.
describe.skipIf(theCluster().facts.kubelet === undefined)('an install with kubectl alone', () => {
  let installed: Installed;
  beforeAll(async () => {
    installed = await Installed.begin();
  });
  afterAll(() => installed?.stop());

  const lines = (text: string): string[] => text.trim().split('\n');

  it('is made by kubectl apply -k charts/kustomize', async () => {
    const { text, code } = await installed.kubectl('apply', '-k', 'charts/kustomize');
    expect(code, text).toBe(0);
    expect(lines(text).filter((line) => !line.endsWith(' created'))).toEqual([]);
    const established = await installed.kubectl('wait', '--for=condition=Established', ...CRDS);
    expect(established.code, established.text).toBe(0);
  });

  it('can be applied again, and changes nothing then', async () => {
    const { text, code } = await installed.kubectl('apply', '-k', 'charts/kustomize');
    expect(code, text).toBe(0);
    expect(lines(text).filter((line) => !line.endsWith(' unchanged'))).toEqual([]);
  });

  it('has a server whose pod the namespace lets in', async () => {
    const pods = await until('its pod is there', async () => {
      const { text } = await installed.kubectl('-n', NAMESPACE, 'get', 'pods', '-o', 'name');
      return text.trim() === '' ? undefined : text;
    });
    expect(pods).toMatch(/^pod\/nexus-server-\S+\n$/);
  });

  it.each([
    ['yes', 'create', 'nexustenants.nexus.astromesh.io', NAMESPACE],
    ['yes', 'update', 'leases.coordination.k8s.io', NAMESPACE],
    ['yes', 'create', 'namespaces', 'default'],
    ['no', 'create', 'nexustenants.nexus.astromesh.io', 'default'],
    ['no', 'get', 'secrets', NAMESPACE],
    ['no', 'list', 'secrets', 'default'],
    ['no', 'create', 'pods/exec', 'default'],
  ])('says %s to its account that wants to %s %s in %s', async (answer, verb, what, where) => {
    const as = `--as=system:serviceaccount:${NAMESPACE}:nexus-server`;
    const { text } = await installed.kubectl('auth', 'can-i', verb, what, '-n', where, as);
    expect(lines(text)).toContain(answer);
  });

  describe('with its server', () => {
    beforeAll(() => installed.serve());

    it.each(PAGES.flatMap((page) => consoleBlocks(readFileSync(page, 'utf8'))))(
      'shows what the page of the resource shows: $command',
      async ({ command, output }) => {
        const [program, ...args] = words(command);
        expect(program).toBe('kubectl');
        let seen = '';
        for (let attempt = 0; attempt < SHOWN_WITHIN.attempts; attempt += 1) {
          seen = (await installed.kubectl(...args)).text;
          if (steady(seen) === steady(output) || !isLook(args)) break;
          await new Promise((resolve) => setTimeout(resolve, SHOWN_WITHIN.pauseMs));
        }
        expect(steady(seen), seen).toBe(steady(output));
      },
    );

    it('takes the samples again without a change', async () => {
      const { text, code } = await installed.kubectl('apply', '-f', 'samples/');
      expect(code, text).toBe(0);
      expect(lines(text).filter((line) => !line.endsWith(' unchanged'))).toEqual([]);
    });
  });
});
