import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBinaries } from '../../../scripts/toolchain/cluster-binaries.mjs';
import { expectData, sdk, tenantWhen } from '../../support/api.js';
import { until } from '../../support/until.js';
import { agentManifest, agentPath, applyAgent, tenantPath } from '../doors/resources.js';
import type { KubeObject } from '../kube-objects.types.js';
import { World } from '../provisioning/world.js';
import { theCluster } from '../test-cluster.js';
import { MortalPeople } from './mortal-people.js';

type Tenant = sdk.Tenant;

const run = promisify(execFile);
const cluster = theCluster();
const { admin } = cluster;
const TENANTS = 5;
const AGENTS = 100;
const ALL = TENANTS * AGENTS;
const RUNNING_WITHIN_MS = 120_000;
/** Of ours for each agent: two for its resource, two that change its node, and a few looks. */
const MOST_REQUESTS = 8;

/** How a ResourceQuota counts agents. */
const COUNTED = 'count/nexusagents.nexus.astromesh.io';

interface Quota extends KubeObject {
  status?: { used?: Record<string, string> };
}

interface AgentObject {
  metadata: { name: string };
  status?: { phase?: string; nodeAck?: boolean };
}

describe.skipIf(cluster.facts.kubelet === undefined)('five hundred agents', () => {
  let world: World;
  let tenants: Tenant[];
  beforeAll(async () => {
    world = await World.start({ kubelet: { shared: true } });
    const { client } = world.admin;
    const body = { displayName: 'Full', resourceQuota: { maxAgents: AGENTS } };
    const asked = Array.from({ length: TENANTS }, async () => {
      const { id } = expectData(await sdk.createTenant({ client, body }), 201);
      return tenantWhen(client, id, ({ ready }) => ready);
    });
    tenants = await Promise.all(asked);
    // From then on the quota counts them.
    for (const { crName } of tenants) await applyAgent(admin, agentManifest(crName, nameOf(0)));
    const first = async () => (await running()) === TENANTS;
    await until('the first of each runs', first, RUNNING_WITHIN_MS);
  });
  afterAll(() => world?.stop());

  const nameOf = (nth: number): string => `agent-${String(nth).padStart(3, '0')}`;

  /** What `kubectl apply -f` prints, for agents of these numbers in each of the tenants. */
  async function apply(numbers: readonly number[]): Promise<{ out: string; refused: string }> {
    const { kubectl } = await findBinaries(['kubectl']);
    const manifests = tenants.flatMap(({ crName }) =>
      numbers.map((nth) => agentManifest(crName, nameOf(nth))),
    );
    const file = path.join(world.server.dataDir, 'agents.json');
    const list = { apiVersion: 'v1', kind: 'List', items: manifests };
    await writeFile(file, JSON.stringify(list));
    const env = { ...process.env, KUBECONFIG: cluster.facts.adminKubeconfig };
    const options = { env, maxBuffer: 1 << 24 };
    return run(kubectl, ['apply', '-f', file], options).then(
      ({ stdout }) => ({ out: stdout, refused: '' }),
      ({ stdout, stderr }: { stdout: string; stderr: string }) => ({
        out: stdout,
        refused: stderr,
      }),
    );
  }

  const agentsOf = ({ crName }: Tenant): Promise<AgentObject[]> =>
    admin.list<AgentObject>(agentPath(crName));

  async function running(): Promise<number> {
    const found = (await Promise.all(tenants.map(agentsOf))).flat();
    return found.filter(({ status }) => status?.phase === 'Running' && status.nodeAck).length;
  }

  it('that are applied in one go all run, each made once', async (context) => {
    const audit = cluster.audit(context);
    const since = await audit.moment();
    const { out, refused } = await apply(Array.from({ length: AGENTS }, (_, nth) => nth));
    expect(refused).toBe('');
    expect(out.match(/ (created|configured)/g)).toHaveLength(ALL);
    await expect.poll(running, { timeout: RUNNING_WITHIN_MS, interval: 250 }).toBe(ALL);

    const people = new MortalPeople(world);
    const names = Array.from({ length: AGENTS }, (_, nth) => nameOf(nth));
    for (const tenant of tenants) {
      expect((await people.agentsOf(tenant)).sort()).toEqual(names);
      expect(await people.heldBy(tenant)).toEqual(names.map((name) => `${name} deployed`));
    }
    const end = await audit.moment();
    // A request to a node shows when it begins as well; then it has no code yet.
    const asked = (await audit.between(since, end)).filter(
      ({ user, code }) => user === world.account.user && code > 0,
    );
    const made = ALL - TENANTS;
    // What failed may be asked again; what was done may not.
    const done = asked.filter(({ verb, code }) => verb === 'create' && code < 300);
    const uris = done.map(({ uri }) => uri);
    const deploys = uris.filter((uri) => uri.endsWith('/deploy'));
    expect(deploys).toHaveLength(made);
    expect(new Set(deploys).size).toBe(made);
    expect(uris.filter((uri) => uri.endsWith('/v1/agents'))).toHaveLength(made);
    const told = asked.filter(({ verb, object }) => {
      return verb === 'patch' && object?.resource.startsWith('nexusagents');
    });
    expect(told.length).toBeLessThanOrEqual(2 * made);
    expect(asked.length).toBeLessThanOrEqual(MOST_REQUESTS * made);
  }, 300_000);

  /** What the API server has counted in each tenant. */
  const used = () =>
    Promise.all(
      tenants.map(async ({ crName }) => {
        const path = `/api/v1/namespaces/${crName}/resourcequotas/nexus-quota`;
        return (await admin.get<Quota>(path)).status?.used?.[COUNTED];
      }),
    );

  it('leave no room for more, as the quota of each tenant says', async () => {
    // It counts anew every few seconds, and too few while many are made at once.
    await expect.poll(used, { timeout: 30_000 }).toEqual(tenants.map(() => String(AGENTS)));
    const { out, refused } = await apply([AGENTS]);
    expect(out).toBe('');
    expect(refused.match(/exceeded quota: nexus-quota/g)).toHaveLength(TENANTS);
    for (const tenant of tenants) expect(await agentsOf(tenant)).toHaveLength(AGENTS);
    const counted = async () =>
      Promise.all(
        tenants.map(async ({ crName }) => {
          const found = await admin.get<{ status?: { agentCount?: number } }>(
            tenantPath(world.namespace, crName),
          );
          return found.status?.agentCount;
        }),
      );
    await expect.poll(counted, { timeout: 30_000 }).toEqual(tenants.map(() => AGENTS));
  });
});
