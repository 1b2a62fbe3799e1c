/** A client of the API for what is set up and watched; load comes from elsewhere. */
import { sleep } from './databases.js';
import { ADMIN, type Product } from './product.js';

const PASSWORD = 'a password of the bench';
const WAIT_AT_MOST_MS = 900_000;
const LOOK_EVERY_MS = 50;

interface TenantView {
  id: string;
  crName: string;
  ready: boolean;
}

/** A person with a session that is renewed by logging in again. */
export class Caller {
  private constructor(
    private readonly product: Product,
    readonly person: { email: string; password: string },
    private token: string,
  ) {}

  static async admin(product: Product): Promise<Caller> {
    return new Caller(product, ADMIN, '').logIn();
  }

  static async register(product: Product, email: string): Promise<Caller> {
    const caller = new Caller(product, { email, password: PASSWORD }, '');
    await caller.send('POST', '/auth/register', { ...caller.person, displayName: 'Bench' });
    return caller.logIn();
  }

  get url(): string {
    return this.product.url;
  }

  get headers(): Record<string, string> {
    return { authorization: `Bearer ${this.token}` };
  }

  /** Takes a fresh token: the former one may be about to expire. */
  async logIn(): Promise<this> {
    const answer = await this.send('POST', '/auth/login', this.person);
    this.token = ((await answer.json()) as { accessToken: string }).accessToken;
    return this;
  }

  async createTenant(displayName: string): Promise<TenantView> {
    return (await this.send('POST', '/api/v1/tenants', { displayName })).json() as never;
  }

  async patchTenant(id: string, changes: object): Promise<void> {
    await this.send('PATCH', `/api/v1/tenants/${id}`, changes);
  }

  async tenant(id: string): Promise<TenantView> {
    return (await this.send('GET', `/api/v1/tenants/${id}`)).json() as never;
  }

  /** All of them, up to a thousand. */
  async tenants(): Promise<TenantView[]> {
    return (await this.send('GET', '/api/v1/tenants')).json() as never;
  }

  async createKey(tenant: string): Promise<string> {
    const answer = await this.send('POST', `/api/v1/tenants/${tenant}/keys`, { label: 'bench' });
    return ((await answer.json()) as { rawKey: string }).rawKey;
  }

  async createAgent(tenant: string, name: string): Promise<void> {
    const path = `/api/v1/agents?namespace=${tenant}`;
    await this.send('POST', path, JSON.parse(spec(name)) as object);
  }

  async phaseOf(tenant: string, name: string): Promise<string> {
    const answer = await this.send('GET', `/api/v1/agents/${name}?namespace=${tenant}`);
    return ((await answer.json()) as { phase: string }).phase;
  }

  async agents(tenant: string, limit: number): Promise<{ name: string }[]> {
    const path = `/api/v1/agents?namespace=${tenant}&limit=${limit}`;
    return (await this.send('GET', path)).json() as never;
  }

  /** How many agents are in a phase, of all tenants when none is named. */
  async count(phase: string, tenant?: string): Promise<number> {
    const within = tenant === undefined ? '' : `&namespace=${tenant}`;
    const answer = await this.send('GET', `/api/v1/agents?phase=${phase}&limit=1${within}`);
    await answer.arrayBuffer();
    return Number(answer.headers.get('x-total-count'));
  }

  private async send(method: string, path: string, body?: object): Promise<Response> {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(this.token === '' ? {} : this.headers),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (answer.ok) return answer;
    throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  }
}

/** A small valid spec of an agent that needs no model service, as JSON. */
export function spec(name: string): string {
  return JSON.stringify({
    apiVersion: 'astromesh/v1',
    kind: 'Agent',
    metadata: { name, version: '1.0.0', labels: { team: 'bench' } },
    spec: {
      identity: { display_name: 'Bench', description: 'An agent that is measured.' },
      model: { primary: { provider: 'echo', model: 'echo-1' } },
      prompts: { system: 'You answer shortly, in the language of the question.' },
    },
  });
}

/** Does `amount` things, some at the same time; gives what came of them. */
export async function atOnce<T>(
  lanes: number,
  amount: number,
  work: (n: number) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < amount) {
      const n = next++;
      results[n] = await work(n);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}

/** Asks again and again; fails with what was waited for. */
export async function until(what: string, probe: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + WAIT_AT_MOST_MS;
  while (!(await probe())) {
    if (performance.now() > deadline) throw new Error(`Waited in vain: ${what}`);
    await sleep(LOOK_EVERY_MS);
  }
}
