/** What people do to tenants and agents through each door, and what they see. */
import { agentWhen, echoSpec, expectData, isRunning, sdk, tenantWhen } from '../../support/api.js';
import { until } from '../../support/until.js';
import {
  agentManifest,
  agentPath,
  applyAgent,
  tenantManifest,
  tenantPath,
} from '../doors/resources.js';
import type { World } from '../provisioning/world.js';

type Tenant = sdk.Tenant;

const WITHIN_MS = 90_000;
const DISPLAY_NAME = 'Mortal';

/** A door to tenants and agents. */
export interface Door {
  /** Asks for a tenant; gives its name. */
  makeTenant(): Promise<string>;
  suspend(tenant: Tenant): Promise<void>;
  deleteTenant(tenant: Tenant): Promise<void>;
  makeAgent(tenant: Tenant, name: string): Promise<void>;
  deleteAgent(tenant: Tenant, name: string): Promise<void>;
}

/** Those who use both doors of a world. */
export class MortalPeople {
  private applied = 0;

  constructor(private readonly world: World) {}

  readonly api: Door = {
    makeTenant: async () => {
      const body = { displayName: DISPLAY_NAME };
      return expectData(await sdk.createTenant({ client: this.client, body }), 201).crName;
    },
    suspend: async ({ id }) => {
      const body = { suspend: true };
      expectData(await sdk.updateTenant({ client: this.client, path: { id }, body }), 200);
    },
    deleteTenant: async ({ id }) => {
      expectData(await sdk.deleteTenant({ client: this.client, path: { id } }), 200);
    },
    makeAgent: async ({ id }, name) => {
      const options = { client: this.client, headers: { 'x-tenant-id': id } };
      expectData(await sdk.createAgent({ ...options, body: echoSpec(name) }), 201);
    },
    deleteAgent: async ({ id }, name) => {
      const options = { client: this.client, headers: { 'x-tenant-id': id } };
      const { response } = await sdk.deleteAgent({ ...options, path: { name } });
      if (response?.ok !== true) throw new Error(`${name} cannot be deleted: ${response?.status}`);
    },
  };

  readonly kubectl: Door = {
    makeTenant: async () => {
      const { namespace } = this.world;
      const name = `${namespace}-${this.applied++}`;
      await this.admin.apply(tenantManifest(namespace, name, { displayName: DISPLAY_NAME }));
      return name;
    },
    suspend: async ({ crName }) => {
      await this.admin.patch(this.resource(crName), { spec: { suspend: true } });
    },
    deleteTenant: ({ crName }) => this.admin.delete(this.resource(crName)),
    makeAgent: ({ crName }, name) => applyAgent(this.admin, agentManifest(crName, name)),
    deleteAgent: ({ crName }, name) => this.admin.delete(agentPath(crName, name)),
  };

  /** The path of the resource of a tenant, or of an agent (`tenant/agent`). */
  resource(subject: string): string {
    const [tenant = '', agent] = subject.split('/');
    const { namespace } = this.world;
    return agent === undefined ? tenantPath(namespace, tenant) : agentPath(tenant, agent);
  }

  /** What is left of tenants that were deleted: rows, resources and namespaces. */
  async leftOf(tenants: readonly Tenant[]): Promise<string[]> {
    const names = new Set(tenants.map(({ crName }) => crName));
    const { namespace } = this.world;
    const [rows, resources, namespaces] = await Promise.all([
      this.tenants(),
      this.admin.list(tenantPath(namespace)),
      this.admin.list('/api/v1/namespaces'),
    ]);
    return [
      ...rows.filter(({ crName }) => names.has(crName)).map(({ id }) => `row ${id}`),
      ...resources.map(({ metadata: { name } }) => name).filter((name) => names.has(name)),
      ...namespaces.map(({ metadata: { name } }) => name).filter((name) => names.has(name)),
    ];
  }

  /** The names of the resources of a tenant's agents. */
  async agentResourcesOf({ crName }: Tenant): Promise<string[]> {
    const found = await this.admin.list(agentPath(crName));
    return found.map(({ metadata: { name } }) => name).sort();
  }

  async tenants(): Promise<Tenant[]> {
    return expectData(await sdk.listTenants({ client: this.client, query: { limit: 100 } }), 200);
  }

  /** Tenants of these names, in their order, once they are as wanted. */
  async tenantsWhen(
    names: readonly string[],
    wanted: (tenant: Tenant) => boolean = ({ ready }) => ready,
  ): Promise<Tenant[]> {
    const found: Tenant[] = [];
    for (const name of names) {
      const known = async () => (await this.tenants()).find(({ crName }) => crName === name);
      const { id } = await until(`the tenant ${name} is known`, known, WITHIN_MS);
      found.push(await tenantWhen(this.client, id, wanted, WITHIN_MS));
    }
    return found;
  }

  /** Waits until an agent runs. */
  async agentRuns({ id }: Tenant, name: string): Promise<void> {
    const headers = { 'x-tenant-id': id };
    const known = async () => (await this.agentsOf({ id })).includes(name);
    await until(`the agent ${name} is known`, known, WITHIN_MS);
    await agentWhen(this.client, name, isRunning, { headers, withinMs: WITHIN_MS });
  }

  /** The names of a tenant's agents. */
  async agentsOf({ id }: Pick<Tenant, 'id'>): Promise<string[]> {
    const headers = { 'x-tenant-id': id };
    const options = { client: this.client, headers, query: { limit: 100 } };
    return expectData(await sdk.listAgents(options), 200).map(({ name }) => name);
  }

  /** What a tenant's node holds, `name status`. */
  async heldBy({ crName }: Tenant): Promise<string[]> {
    const { agents } = await this.admin.get<{ agents: { name: string; status: string }[] }>(
      `/api/v1/namespaces/${crName}/services/astromesh-node:8000/proxy/v1/agents`,
    );
    return agents.map(({ name, status }) => `${name} ${status}`).sort();
  }

  private get admin() {
    return this.world.cluster.admin;
  }

  private get client() {
    return this.world.admin.client;
  }
}
