import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  afterAll,
  beforeAll,
  describe,
  expect,
  it,
  onTestFinished,
  type TestContext,
} from 'vitest';
import { INSTALL_LABEL } from '../../../src/reconciliation/resources/resource-names.js';
import { expectData, sdk, tenantWhen } from '../../support/api.js';
import { noMounts } from '../../support/mounts.js';
import { until } from '../../support/until.js';
import { tenantManifest, tenantPath, tenantResourceWhen } from '../doors/resources.js';
import type { KubeObject } from '../kube-objects.types.js';
import { theCluster } from '../test-cluster.js';
import { World } from './world.js';

const cluster = theCluster();
const { admin } = cluster;
/** Its pods are not run by anybody. */
const SILENT = 'silent-';
/** Of the pods of nobody's kubelet. */
const SILENT_ADDRESS = '10.200.255.250';
const NODE_PORT = 8000;

interface Policy extends KubeObject {
  spec: { ingress?: { from: object[] }[] };
}

describe.skipIf(cluster.facts.kubelet === undefined || noMounts() !== undefined)(
  'the way to a node',
  () => {
    let world: World;
    let folder: string;
    let tenant: sdk.Tenant;
    beforeAll(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'nexus-hosts-'));
      await writeFile(hosts(), '127.0.0.1 localhost\n');
      const serves = (name: string, labels: Readonly<Record<string, string>>): boolean =>
        !name.startsWith(SILENT) && labels[INSTALL_LABEL] === world?.namespace;
      // The names of Services, as the DNS of a cluster would tell them.
      const mounts = `mount --bind '${hosts()}' /etc/hosts`;
      const environment = { NEXUS_NODE_ACCESS: 'service' };
      world = await World.start({ environment, mounts, kubelet: { serves } });
    });
    afterAll(async () => {
      await world?.stop();
      await rm(folder, { recursive: true, force: true });
    });

    const hosts = () => path.join(folder, 'hosts');

    /** Whether the node of the tenant is asked through the API server while it is checked twice. */
    async function isProxied(context: TestContext): Promise<boolean> {
      const audit = cluster.audit(context);
      const since = await audit.moment();
      await tenantWhen(world.admin.client, tenant.id, ({ ready }) => ready);
      await new Promise((resolve) => setTimeout(resolve, 4_500));
      const asked = await audit.between(since, await audit.moment());
      return asked.some(
        ({ user, object }) => user === world.account.user && object?.resource === 'services/proxy',
      );
    }

    it('is its Service, when that is set', async (context) => {
      const { client } = world.admin;
      const body = { displayName: 'Reached by name' };
      tenant = expectData(await sdk.createTenant({ client, body }), 201);
      const { crName } = tenant;
      const runner = await until('its pod runs', async () => world.kubelet.running(crName)[0]);
      await tenantWhen(client, tenant.id, ({ ready, conditions }) =>
        conditions.some(({ reason }) => !ready && reason === 'NodeStarting'),
      );
      await appendFile(hosts(), `${runner.address} astromesh-node.${crName}.svc\n`);
      expect(await isProxied(context)).toBe(false);
    });

    it('is its Service inside a cluster, when nothing is set', async (context) => {
      const token = '/var/run/secrets/kubernetes.io/serviceaccount/token';
      world.server.mount(
        [
          `mount --bind '${hosts()}' /etc/hosts`,
          'mount -t tmpfs tmpfs "$(readlink -f /var/run)"',
          `mkdir -p '${path.dirname(token)}'`,
          `: > '${token}'`,
        ].join('\n'),
      );
      await world.restart({ NEXUS_NODE_ACCESS: 'auto' });
      expect(await isProxied(context)).toBe(false);
    });

    it('is the API server outside of one', async (context) => {
      world.server.mount(undefined);
      await world.restart({ NEXUS_NODE_ACCESS: 'auto' });
      expect(await isProxied(context)).toBe(true);
    });

    it('through the API server wants a setting, which the tenant names', async () => {
      await world.restart({ NEXUS_NODE_ACCESS: 'proxy' });
      const silence = await listen();
      const name = `${SILENT}${world.namespace}`;
      await admin.apply(tenantManifest(world.namespace, name));
      await pretendReady(name);
      const resource = tenantPath(world.namespace, name);
      const says = (words: string) =>
        tenantResourceWhen(admin, resource, ({ status }) =>
          (status?.conditions ?? []).some(({ message }) => message.includes(words)),
        );
      const told = await says('NEXUS_API_SERVER_CIDRS');
      expect(told.status).toMatchObject({
        phase: 'Error',
        conditions: expect.arrayContaining([
          expect.objectContaining({ type: 'Ready', reason: 'NodeUnreachable' }),
        ]),
      });
      await world.restart({ NEXUS_API_SERVER_CIDRS: '10.99.0.0/24' });
      await says('does not answer yet');
      const { spec } = await admin.get<Policy>(
        `/apis/networking.k8s.io/v1/namespaces/${name}/networkpolicies/nexus-from-control-plane`,
      );
      expect(spec.ingress?.[0]?.from).toContainEqual({ ipBlock: { cidr: '10.99.0.0/24' } });
      silence.close();
    });
  },
);

/** A node that lets everybody connect, and says nothing: what is dropped on the way looks so. */
function listen(): Promise<Server> {
  const server = createServer((socket) => socket.on('error', () => undefined));
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(NODE_PORT, SILENT_ADDRESS, () => resolve(server));
  });
}

/** Says of a pod that nobody runs that it is ready. */
async function pretendReady(namespace: string): Promise<void> {
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  const pod = await until('it has a pod', async () => (await admin.list(pods).catch(() => []))[0]);
  const { name } = pod.metadata;
  // Without a machine it would be in no list of a Service's addresses.
  const node = `${namespace}-machine`;
  await admin.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name: node } });
  onTestFinished(() => admin.delete(`/api/v1/nodes/${node}`));
  await admin.send('POST', `${pods}/${name}/binding`, {
    body: {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { namespace, name },
      target: { apiVersion: 'v1', kind: 'Node', name: node },
    },
  });
  const now = new Date().toISOString();
  const condition = { status: 'True', lastTransitionTime: now };
  await admin.patch(`${pods}/${name}/status`, {
    status: {
      phase: 'Running',
      podIP: SILENT_ADDRESS,
      podIPs: [{ ip: SILENT_ADDRESS }],
      conditions: ['PodScheduled', 'ContainersReady', 'Ready'].map((type) => ({
        ...condition,
        type,
      })),
      containerStatuses: [
        {
          name: 'astromesh-node',
          ready: true,
          restartCount: 0,
          image: 'pretended',
          imageID: 'pretended',
          state: { running: { startedAt: now } },
        },
      ],
    },
  });
}
