/**
 * Readers and writers that do not wait for each other: requests come at their times, whatever
 * becomes of those before them, over connections that are kept. What was acknowledged is remembered.
 */
import type { Client } from '../../sdk/typescript/client/index.js';
import * as sdk from '../../sdk/typescript/index.js';
import { echoSpec, expectData } from '../support/api.js';
import type { Made } from './tenants-seen.js';

const PER_SECOND = 30;
/** Every so many-th request writes. */
const WRITES_EVERY = 3;
const ANSWER_WITHIN_MS = 10_000;
const PAGE = 100;

/** One request, in milliseconds since the load began. */
export interface Asked {
  id: string;
  writes: boolean;
  beganMs: number;
  endedMs: number;
  /** The status, or the word of what broke the connection. */
  outcome: number | string;
}

/** The newest acknowledged write of an agent. */
interface Newest {
  revision: number;
  mark: string;
}

/** Who asks for what, and where. */
export interface LoadOptions {
  url: string;
  headers: Record<string, string>;
  agents: readonly string[];
}

export class OpenLoad {
  private readonly zero = performance.now();
  private readonly asked: Asked[] = [];
  private readonly open = new Set<Promise<void>>();
  private readonly newest = new Map<string, Newest>();
  private readonly timer: NodeJS.Timeout;

  private constructor(
    private readonly name: string,
    private readonly options: LoadOptions,
  ) {
    this.timer = setInterval(() => this.begin(), 1000 / PER_SECOND);
  }

  /** @param name marks its requests in the audit */
  static begin(name: string, options: LoadOptions): OpenLoad {
    return new OpenLoad(name, options);
  }

  /** How long it has gone on. */
  get nowMs(): number {
    return performance.now() - this.zero;
  }

  /** Waits for what is under way, and gives every request. */
  async end(): Promise<readonly Asked[]> {
    clearInterval(this.timer);
    await Promise.all(this.open);
    return this.asked;
  }

  /**
   * What the server does not have any more, of what it acknowledged: in the state of an agent, or in
   * the audit.
   *
   * @throws Error when it acknowledged nothing
   */
  async lost(client: Client, { id }: Made): Promise<string[]> {
    const lost: string[] = [];
    const headers = { 'x-tenant-id': id };
    for (const [name, { revision, mark }] of this.newest) {
      const agent = expectData(await sdk.getAgent({ client, headers, path: { name } }), 200);
      const { system } = agent.spec.spec['prompts'] as { system: string };
      const isThere = agent.revision > revision || (agent.revision === revision && system === mark);
      if (!isThere) lost.push(`${name} is ${agent.revision} ${system}, not ${revision} ${mark}`);
    }
    const acknowledged = this.asked.filter(({ writes, outcome }) => writes && outcome === 200);
    if (acknowledged.length === 0) throw new Error('Nothing was acknowledged');
    const recorded = await this.recorded(client, id);
    const unknown = acknowledged.filter((one) => !recorded.has(one.id));
    return [...lost, ...unknown.map((one) => `the audit does not have ${one.id}`)];
  }

  private begin(): void {
    const number = this.asked.length;
    const { agents } = this.options;
    const agent = agents[number % agents.length] ?? '';
    const id = `${this.name}-${number}`;
    const writes = number % WRITES_EVERY === 0;
    const one: Asked = { id, writes, beganMs: this.nowMs, endedMs: Infinity, outcome: 'no answer' };
    this.asked.push(one);
    const done = this.ask(one, agent).finally(() => this.open.delete(done));
    this.open.add(done);
  }

  private async ask(one: Asked, agent: string): Promise<void> {
    try {
      const answer = await this.send(one, agent);
      const text = await answer.text();
      one.outcome = answer.status;
      if (one.writes && answer.status === 200) this.acknowledge(agent, one.id, text);
    } catch (error) {
      one.outcome = wordOf(error);
    }
    one.endedMs = this.nowMs;
  }

  private send({ id, writes }: Asked, agent: string): Promise<Response> {
    const { url, headers } = this.options;
    const body = JSON.stringify(echoSpec(agent, { prompts: { system: id } }));
    return fetch(`${url}/api/v1/agents/${agent}`, {
      headers: { ...headers, 'x-request-id': id, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      ...(writes && { method: 'PUT', body }),
    });
  }

  private acknowledge(agent: string, mark: string, text: string): void {
    const { revision } = JSON.parse(text) as sdk.Agent;
    const before = this.newest.get(agent)?.revision ?? 0;
    if (revision > before) this.newest.set(agent, { revision, mark });
  }

  /** The requests of this load that the audit tells of as done. */
  private async recorded(client: Client, id: string): Promise<Set<string>> {
    const found = new Set<string>();
    let cursor: string | undefined;
    do {
      const query = { limit: PAGE, outcome: 'done' as const, ...(cursor && { cursor }) };
      const page = await sdk.listTenantAudit({ client, path: { id }, query });
      for (const { requestId } of expectData(page, 200)) found.add(requestId ?? '');
      const link = page.response?.headers.get('link') ?? '';
      cursor = /[?&]cursor=([^&>]+)/.exec(link)?.[1];
    } while (cursor !== undefined);
    return found;
  }
}

function wordOf(error: unknown): string {
  const { cause, name } = error as { cause?: { code?: string }; name: string };
  return cause?.code ?? name;
}
