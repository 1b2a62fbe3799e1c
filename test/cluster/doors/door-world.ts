/** A control plane on a cluster that a test may harm, without nodes: tenants are never Ready there. */
import { randomBytes } from 'node:crypto';
import { type Person, sdk, theAdmin } from '../../support/api.js';
import { manifestsBelow } from '../../support/manifests.js';
import { TestServer } from '../../support/server.js';
import { until } from '../../support/until.js';
import type { ApiClient } from '../api-client.js';
import { ControlPlane } from '../control-plane.js';
import { applyDefinitions } from '../resources/definitions.js';
import { untilAllowed } from '../rights.js';
import { TestCluster } from '../test-cluster.js';
import { tenantPath } from './resources.js';

/** Outside of the control plane's namespace, which some tests delete. */
const ACCOUNT = { namespace: 'default', name: 'nexus-server' };
const RBAC = 'rbac.authorization.k8s.io';

/** A server that may do what the committed roles allow, beside a whole cluster of its own. */
export class DoorWorld {
  person!: Person;

  private constructor(
    readonly namespace: string,
    private readonly plane: ControlPlane,
    readonly cluster: TestCluster,
    public server: TestServer,
  ) {}

  static async start(environment: Record<string, string> = {}): Promise<DoorWorld> {
    const plane = await ControlPlane.start();
    const cluster = new TestCluster(plane.facts);
    await applyDefinitions(cluster.admin);
    await permit(cluster.admin);
    const name = `nexus-${randomBytes(4).toString('hex')}`;
    const server = await serverFor(cluster, name, environment);
    const world = new DoorWorld(name, plane, cluster, server);
    try {
      await world.makeNamespace();
      await world.run();
      return world;
    } catch (error) {
      await world.stop();
      throw error;
    }
  }

  get admin(): ApiClient {
    return this.cluster.admin;
  }

  async makeNamespace(): Promise<void> {
    const metadata = { name: this.namespace };
    await this.admin.create({ apiVersion: 'v1', kind: 'Namespace', metadata });
  }

  async run(): Promise<void> {
    await this.server.run();
    this.person = await theAdmin(this.server);
  }

  /** Puts a server with an empty database in the place of the one before. */
  async replaceServer(environment: Record<string, string> = {}): Promise<void> {
    await this.server.close();
    this.server = await serverFor(this.cluster, this.namespace, environment);
    await this.run();
  }

  /** Makes so many tenants through the API, and waits for their resources. */
  async tenants(count: number): Promise<sdk.Tenant[]> {
    const { client } = this.person;
    const made: sdk.Tenant[] = [];
    for (let number = 1; number <= count; number++) {
      const answer = await sdk.createTenant({
        client,
        body: { displayName: `Tenant ${number}` },
      });
      if (answer.data === undefined) throw new Error(JSON.stringify(answer.error));
      made.push(answer.data);
    }
    await this.resourcesOf(made);
    return made;
  }

  /** Waits until every one of these tenants has a live resource and a namespace. */
  async resourcesOf(tenants: readonly sdk.Tenant[], withinMs = 60_000): Promise<void> {
    const path = tenantPath(this.namespace);
    await until(
      'every tenant has its resource',
      async () => {
        const found = await this.admin.find<{ items: { metadata: Metadata }[] }>(path);
        const live = (found?.items ?? []).filter(isLive);
        const names = new Set(live.map(({ metadata }) => metadata.name));
        return tenants.every(({ crName }) => names.has(crName));
      },
      withinMs,
    );
    await until(
      'every tenant has its namespace',
      async () => {
        const namespaces = await this.admin.list<{ metadata: Metadata }>('/api/v1/namespaces');
        const names = new Set(namespaces.filter(isLive).map(({ metadata }) => metadata.name));
        return tenants.every(({ crName }) => names.has(crName));
      },
      withinMs,
    );
  }

  /** The tenants that the API shows, by id. */
  async listed(): Promise<Map<string, sdk.Tenant>> {
    const { client } = this.person;
    const { data } = await sdk.listTenants({ client, query: { limit: 100 } });
    return new Map((data ?? []).map((tenant) => [tenant.id, tenant]));
  }

  async stop(): Promise<void> {
    await this.server.close();
    await this.plane.stop();
  }
}

interface Metadata {
  name: string;
  deletionTimestamp?: string;
}

function isLive({ metadata }: { metadata: Metadata }): boolean {
  return metadata.deletionTimestamp === undefined;
}

/** Gives the account what both committed roles allow, so that it outlives any namespace. */
async function permit(admin: ApiClient): Promise<void> {
  for (const role of manifestsBelow('charts/kustomize/rbac')) {
    if (!role.kind.endsWith('Role') || role.metadata.name !== ACCOUNT.name) continue;
    const name = `${ACCOUNT.name}-${role.kind.toLowerCase()}`;
    await admin.apply({ ...role, kind: 'ClusterRole', metadata: { name } });
    await admin.apply({
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', ...ACCOUNT }],
    });
  }
  const user = `system:serviceaccount:${ACCOUNT.namespace}:${ACCOUNT.name}`;
  const lease = { group: 'coordination.k8s.io', resource: 'leases' };
  await untilAllowed(admin, user, { ...lease, verb: 'create' });
  await untilAllowed(admin, user, { resource: 'namespaces', verb: 'create' });
}

async function serverFor(
  cluster: TestCluster,
  namespace: string,
  environment: Record<string, string>,
): Promise<TestServer> {
  const { kubeconfig } = await cluster.serviceAccount(ACCOUNT.namespace, ACCOUNT.name);
  return TestServer.create({
    driver: 'kubernetes',
    environment: {
      KUBECONFIG: kubeconfig,
      NEXUS_NAMESPACE: namespace,
      NEXUS_TENANTS_PER_USER: '100',
      ...environment,
    },
  });
}
