import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Client } from '../../sdk/typescript/client/index.js';
import * as sdk from '../../sdk/typescript/index.js';
import type { Tenant } from '../../sdk/typescript/index.js';
import type { KubeObject } from '../cluster/kube-objects.types.js';
import { agentWhen, echoSpec, expectData, isRunning, readyTenant, until } from '../support/api.js';
import { Install, NAMESPACE } from './install.js';
import { ADDRESS, API_PORT, API_SERVICE, DNS_SERVICE } from './places.js';
import { withoutPolicies } from './policy-engine.js';
import { type Place, reachedFrom, type Targets, waitingPod } from './prober.js';
import { METADATA, OUTSIDE, surroundings } from './surroundings.js';

type Pod = KubeObject & { status: { podIP: string } };

const NODE = 'deploy/astromesh-node';
/** What the fences of a tenant leave open. */
const OPEN: Targets = {
  'its own node': '127.0.0.1:8000',
  names: `${DNS_SERVICE}:53`,
  'a public server': `${OUTSIDE}:443`,
};
/** What is nothing of a tenant's, wherever it is. */
const CLOSED: Targets = {
  'the API server, by its name': 'kubernetes.default.svc.cluster.local:443',
  'the API server, by its Service': `${API_SERVICE}:443`,
  'the API server, by its machine': `${ADDRESS}:${API_PORT}`,
  'the kubelet': `${ADDRESS}:10250`,
  'the metadata service': `${METADATA}:80`,
  'a public server without TLS': `${OUTSIDE}:80`,
  'the API of Nexus': `nexus-server.${NAMESPACE}.svc:8080`,
};

describe('the fences of tenants, on a network that enforces them', () => {
  let install: Install;
  let client: Client;
  let tenants: Tenant[];
  let goAway: () => Promise<void>;
  /** Another tenant's node and the server's pod, by their addresses. */
  let others: Targets;
  let metrics: Targets;
  let node: Place;
  let unfenced: Place;

  beforeAll(async () => {
    goAway = await surroundings();
    install = await Install.ensure();
    client = await install.admin();
    tenants = await Promise.all(['One', 'Other'].map((name) => readyTenant(client, name)));
    const [one = '', other = ''] = tenants.map(({ crName }) => crName);
    node = { namespace: one, pod: NODE };
    const address = await addressIn(other, 'app.kubernetes.io/name=astromesh-node');
    const server = await addressIn(NAMESPACE, 'app.kubernetes.io/component=server');
    others = {
      "another tenant's node, by its name": `astromesh-node.${other}.svc:8000`,
      "another tenant's node, by its address": `${address}:8000`,
      "the server's pod": `${server}:8080`,
    };
    metrics = { 'the metrics of Nexus': `${server}:9090` };
    unfenced = { namespace: await install.cluster.lastingNamespace('unfenced'), pod: 'prober' };
    await waitingPod(install, unfenced);
  });

  afterAll(async () => {
    for (const { id } of tenants ?? []) {
      await sdk.deleteTenant({ client, path: { id } });
    }
    await install?.cluster.admin.delete(`/api/v1/namespaces/${unfenced?.namespace}`);
    await goAway?.();
  });

  async function addressIn(namespace: string, selector: string): Promise<string> {
    const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=${selector}`;
    const [pod] = await install.cluster.admin.list<Pod>(path);
    return pod?.status.podIP ?? '';
  }

  const reached = (place: Place, targets: Targets): Promise<string[]> =>
    reachedFrom(install, place, targets);
  const everything = (): Targets => ({ ...CLOSED, ...others, ...metrics });

  it('let a tenant reach names and the public, and nothing of others', async () => {
    expect(await reached(node, { ...OPEN, ...everything() })).toEqual(Object.keys(OPEN));
  });

  it('keep all others from the nodes and the metrics, and those alone', async () => {
    const open = Object.keys({ ...CLOSED, "the server's pod": '' });
    expect(await reached(unfenced, everything())).toEqual(open);
  });

  it('let the server speak to every node', async () => {
    const server = { namespace: NAMESPACE, pod: 'deploy/nexus-server' };
    const nodes = Object.fromEntries(
      tenants.map(({ crName, displayName }) => [displayName, `astromesh-node.${crName}.svc:8000`]),
    );
    expect(await reached(server, nodes)).toEqual(['One', 'Other']);
    for (const { id } of tenants) {
      const headers = { 'x-tenant-id': id };
      expectData(await sdk.createAgent({ client, headers, body: echoSpec('greeter') }), 201);
      await agentWhen(client, 'greeter', isRunning, { headers });
      const path = { name: 'greeter' };
      const run = await sdk.runAgent({ client, headers, path, body: { query: 'Good morning' } });
      expect(expectData(run, 200).answer).toContain('Good morning');
    }
  });

  it('are missed by the test of the chart where the network does not enforce them', async () => {
    const test = (name: string) =>
      install.helm.run('test', 'nexus', '--namespace', NAMESPACE, '--filter', `name=${name}`);
    const all = everything();
    await withoutPolicies(inject('machine').processes, async () => {
      // What was closed above is there to be reached.
      expect(await reached(node, all)).toEqual(Object.keys(all));
      for (const name of ['nexus-server-isolation', 'nexus-server-quickstart']) {
        const { code, stdout, stderr } = await test(name);
        expect(code, stdout + stderr).not.toBe(0);
        expect(stdout + stderr).toContain('Tenants are NOT fenced off from each other');
      }
      const told = await install.kubectl('logs', '-n', NAMESPACE, 'nexus-server-isolation');
      expect(readFileSync('docs/install.md', 'utf8')).toContain(told.stdout);
      expect(told.stdout).toContain('Reached: the metadata service of the machine');
      expect(told.stdout).toContain('Reached: the metrics of Nexus');
      const steps = await install.kubectl('logs', '-n', NAMESPACE, 'nexus-server-quickstart');
      expect(steps.stdout).toContain("Reached: a tenant's node");
    });
    await until('the fences hold again', async () => (await reached(node, all)).length === 0);
    for (const name of ['nexus-server-isolation', 'nexus-server-quickstart']) {
      const { code, stdout, stderr } = await test(name);
      expect(code, stdout + stderr).toBe(0);
    }
  });
});
