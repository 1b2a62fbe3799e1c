/** What the rows are measured on: made when a row asks for it, removed at the end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { makeLoad, program, stop } from './child.js';
import { atOnce, Caller, spec, until } from './caller.js';
import type { Load, LoadResult } from './load.types.js';
import { type Backing, Product } from './product.js';

export const CONNECTIONS = 64;
const LARGEST_QUOTA = 100_000;
const TENANTS = 100;

/** How much of everything; the defaults are those of the targets. */
export interface Sizes {
  /** Seconds that load runs for one measurement. */
  seconds: number;
  idleSeconds: number;
  /** In the large database, over 100 tenants. */
  agents: number;
  /** Over the live tenants. */
  liveAgents: number;
  liveTenants: number;
  /** Node's profiler looks at the server, and leaves its findings in this folder. */
  profile: string | undefined;
}

/** A server with many suspended tenants, and one that is live. */
export interface LargeWorld {
  product: Product;
  admin: Caller;
  /** Owns the live tenant. */
  owner: Caller;
  key: string;
  tenant: { id: string; crName: string };
  /** Names of agents of the live tenant. */
  names: string[];
}

/** A server whose tenants are all live. */
export interface LiveWorld {
  product: Product;
  admin: Caller;
  tenants: string[];
}

export class World {
  private bareChild: ChildProcess | undefined;
  private bareUrl = '';
  private largeWorld: LargeWorld | undefined;
  private liveWorld: LiveWorld | undefined;
  private readonly products: Product[] = [];
  /** Requests per second of the bare route, as often as it was measured. */
  readonly yardsticks: number[] = [];

  constructor(
    readonly backing: Backing,
    readonly sizes: Sizes,
  ) {}

  /** Measures the bare route now. */
  async yardstick(seconds = this.sizes.seconds): Promise<number> {
    if (this.bareChild === undefined) await this.startBare();
    const { perSecond } = await this.measure({
      kind: 'closed',
      url: this.bareUrl,
      method: 'GET',
      headers: {},
      paths: ['/bare/one'],
      connections: CONNECTIONS,
      seconds,
    });
    this.yardsticks.push(perSecond);
    return perSecond;
  }

  /**
   * Runs load; a second before it, the same to warm up.
   *
   * @throws Error when anything was refused: a rate of refusals is no rate
   */
  async measure(load: Load): Promise<LoadResult> {
    if (load.body === undefined) await makeLoad({ ...load, seconds: 1 });
    const result = await makeLoad(load);
    if (result.failed > 0) throw new Error(`${result.failed} requests failed: ${load.paths[0]}`);
    return result;
  }

  /** Seeds the large database the first time. */
  async large(): Promise<LargeWorld> {
    this.largeWorld ??= await this.makeLarge();
    return this.largeWorld;
  }

  /** Starts the live tenants the first time. */
  async live(): Promise<LiveWorld> {
    this.liveWorld ??= await this.makeLive();
    return this.liveWorld;
  }

  /** Ends the live tenants, which would disturb what is measured elsewhere. */
  async endLive(): Promise<void> {
    await this.liveWorld?.product.stop();
    this.liveWorld = undefined;
  }

  async close(): Promise<void> {
    if (this.bareChild !== undefined) await stop(this.bareChild);
    for (const product of this.products) await product.remove();
  }

  /** Starts a server over its data again, with the profiler when that was asked for. */
  start(product: Product): Promise<number> {
    const { profile } = this.sizes;
    const flags = profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profile];
    return product.start('local', flags);
  }

  private async startBare(): Promise<void> {
    const child = spawn(process.execPath, program('bare.ts'), {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.bareChild = child;
    const [line] = await once(createInterface({ input: child.stdout }), 'line');
    this.bareUrl = String(line);
  }

  private async newProduct(): Promise<Product> {
    const product = await Product.create(this.backing);
    this.products.push(product);
    return product;
  }

  private async makeLarge(): Promise<LargeWorld> {
    const product = await this.newProduct();
    await product.start('none');
    const admin = await Caller.admin(product);
    const owner = await Caller.register(product, 'owner@nexus.bench');
    const tenant = await owner.createTenant('Live');
    await admin.patchTenant(tenant.id, { resourceQuota: { maxAgents: LARGEST_QUOTA } });
    const each = Math.ceil(this.sizes.agents / TENANTS);
    const suspended = await atOnce(8, TENANTS - 1, async (n) => {
      const { id } = await admin.createTenant(`Suspended ${n}`);
      await admin.patchTenant(id, { suspend: true, resourceQuota: { maxAgents: LARGEST_QUOTA } });
      return id;
    });
    const tenants = [tenant.id, ...suspended];
    await makeLoad(this.agentsFor(admin, tenants, each * TENANTS));
    const key = await owner.createKey(tenant.id);
    await product.stop();
    await this.start(product);
    await untilReady(admin, [tenant.id]);
    await untilRunning(admin, tenant.id, each);
    // The agents of suspended tenants are looked at once as well, which is not what a row measures.
    await until('nothing is pending', async () => (await admin.count('Pending')) === 0);
    await product.tidy();
    const names = (await owner.agents(tenant.id, 256)).map(({ name }) => name);
    return { product, admin, owner, key, tenant, names };
  }

  private async makeLive(): Promise<LiveWorld> {
    const product = await this.newProduct();
    await this.start(product);
    const admin = await Caller.admin(product);
    const tenants = await atOnce(4, this.sizes.liveTenants, async (n) => {
      const { id } = await admin.createTenant(`Live ${n}`);
      await admin.patchTenant(id, { resourceQuota: { maxAgents: LARGEST_QUOTA } });
      return id;
    });
    await untilReady(admin, tenants);
    return { product, admin, tenants };
  }

  /** So many new agents, spread over tenants. */
  agentsFor(caller: Caller, tenants: string[], amount: number, from = 0): Load {
    return {
      kind: 'closed',
      url: caller.url,
      method: 'POST',
      headers: { ...caller.headers, 'content-type': 'application/json' },
      paths: ['/api/v1/agents'],
      body: spec('agent-{n}'),
      tenants,
      connections: CONNECTIONS,
      amount,
      from,
    };
  }
}

async function untilReady(admin: Caller, tenants: readonly string[]): Promise<void> {
  for (const id of tenants) {
    await until(`tenant ${id} is ready`, async () => (await admin.tenant(id)).ready);
  }
}

/** Waits until a tenant has so many running agents; all tenants when none is named. */
export async function untilRunning(
  admin: Caller,
  tenant: string | undefined,
  agents: number,
): Promise<void> {
  // What came before may have taken longer than a token lasts.
  await admin.logIn();
  await until(`${agents} agents run`, async () => (await admin.count('Running', tenant)) >= agents);
}
