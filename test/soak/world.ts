/**
 * Tenants, agents, keys, members and variables of one server that is killed again and again: who
 * changes them, and what must be true of them afterwards.
 */
import * as sdk from '../../sdk/typescript/index.js';
import type { Random } from '../support/random.js';
import type { TestServer } from '../support/server.js';
import { until } from '../support/until.js';
import { Keys, Members, Variables } from './access.js';
import { Acknowledged, type Entry, momentOf } from './acknowledged.js';
import { Agents } from './agents.js';
import { acknowledged, Callers, type Fetch, Gone } from './callers.js';
import { differences } from './convergence.js';
import type { Kind, Surroundings } from './kinds.js';
import { Tenants } from './tenants.js';

const AGENTS_EACH = 6;
const SLOTS = 3;
const PEOPLE = 2;
const PAUSE_AT_MOST_MS = 20;
const LONG_PAUSE_MS = 250;
const CONVERGED_WITHIN_MS = 60_000;
/** The audit's times and ours are of one clock, but not to the millisecond. */
const AUDIT_MARGIN_MS = 1_000;

export class SoakWorld {
  private roundAt = new Date();
  private leaving = false;

  private constructor(
    private current: TestServer,
    private readonly around: Surroundings,
    readonly agents: readonly Agents[],
    readonly tenants: Tenants,
    readonly variables: Variables,
    private readonly access: readonly Kind[],
  ) {}

  /** Makes people and two tenants. */
  static async create(
    server: TestServer,
    random: Random,
    fetch: Fetch,
    model = new Acknowledged(),
  ): Promise<SoakWorld> {
    const callers = await Callers.register(server, fetch, PEOPLE);
    const around = { model, callers, random };
    const made = [];
    for (const displayName of ['first', 'second']) {
      const options = { client: callers.owner, body: { displayName } };
      made.push(acknowledged(displayName, await sdk.createTenant(options)));
    }
    const [first, second] = made;
    if (first === undefined || second === undefined) throw new Error('There are no tenants');
    return new SoakWorld(
      server,
      around,
      made.map((tenant) => new Agents(around, tenant, AGENTS_EACH)),
      new Tenants(around, SLOTS),
      new Variables(around, first),
      [new Keys(around, second), new Members(around, second)],
    );
  }

  get server(): TestServer {
    return this.current;
  }

  /** Asks another server from now on, which has the same people. */
  moveTo(server: TestServer): void {
    this.current = server;
    this.callers.moveTo(server);
  }

  get model(): Acknowledged {
    return this.around.model;
  }

  get callers(): Callers {
    return this.around.callers;
  }

  /**
   * Changes things until the server is gone; settles when the last worker noticed.
   *
   * @throws Violation for an answer that nobody should get
   */
  async work(): Promise<void> {
    this.roundAt = new Date();
    this.leaving = false;
    const quick = [...this.agents, ...this.agents, ...this.access];
    const lanes = new Map<Kind, number>();
    const working = quick.map((kind) => {
      const lane = lanes.get(kind) ?? 0;
      lanes.set(kind, lane + 1);
      const of = quick.filter((one) => one === kind).length;
      return this.keep(kind, { lane, of, pauseMs: PAUSE_AT_MOST_MS });
    });
    // Each of these starts and stops processes.
    const slow = { lane: 0, of: 1, pauseMs: LONG_PAUSE_MS };
    working.push(this.keep(this.tenants, slow), this.keep(this.variables, slow));
    const ends = await Promise.allSettled(working);
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  /** Kills the server. Nothing is begun any more, so whatever has no answer was asked of it. */
  async kill(): Promise<void> {
    this.leaving = true;
    await this.server.kill();
  }

  /**
   * Looks at everything through the API, and holds it to the model.
   *
   * @throws Violation
   */
  async look(): Promise<void> {
    await this.callers.renew();
    for (const kind of this.kinds) await kind.look();
    const since = new Date(this.roundAt.getTime() - AUDIT_MARGIN_MS);
    this.model.settleAudit(await this.audit(since));
  }

  /**
   * Takes what the audit tells of for what was carried out, and holds everything else to it.
   *
   * @returns the moment at which that was so
   * @throws Violation when there was no such moment
   */
  async lookBack(): Promise<{ afterMs: number; beforeMs: number }> {
    const told = await this.audit(new Date(0));
    const kept = new Set(told.map(({ requestId }) => requestId ?? ''));
    const moment = momentOf(this.model.history, kept);
    const things = this.kinds.flatMap((kind) => kind.things);
    this.model.putBack(things, kept);
    for (const kind of this.kinds) await kind.look();
    return moment;
  }

  private get kinds(): Kind[] {
    return [...this.agents, this.tenants, this.variables, ...this.access];
  }

  /** Waits until nodes, folders and processes are what the model says. */
  async converge(): Promise<void> {
    let last: string[] = [];
    const same = async (): Promise<boolean> => {
      last = await differences(this);
      return last.length === 0;
    };
    await until('everything is as wanted', same, CONVERGED_WITHIN_MS).catch((error: unknown) => {
      throw new Error(`${(error as Error).message}:\n${last.join('\n')}`);
    });
  }

  private async keep(
    kind: Kind,
    { lane, of, pauseMs }: { lane: number; of: number; pauseMs: number },
  ): Promise<void> {
    const { random, model } = this.around;
    const own = kind.things.filter((_, index) => index % of === lane);
    try {
      while (!this.leaving) {
        const thing = random.pick(own);
        const plan = kind.plan(thing);
        const requestId = model.begin(thing, plan);
        await plan.ask({ 'x-request-id': requestId });
        model.acknowledge(thing, plan, requestId);
        await new Promise((resolve) => setTimeout(resolve, random.between(0, pauseMs)));
      }
    } catch (error) {
      if (!(error instanceof Gone)) throw error;
    }
  }

  /** What was done since then. */
  private async audit(from: Date): Promise<Entry[]> {
    const entries: Entry[] = [];
    const since = from.toISOString();
    let cursor: string | undefined;
    do {
      const query = { since, outcome: 'done' as const, ...(cursor !== undefined && { cursor }) };
      const answer = await sdk.listAudit({ client: this.callers.admin, query });
      entries.push(...acknowledged('the audit', answer));
      const next = /[?&]cursor=([^&>]+)/.exec(answer.response?.headers.get('link') ?? '')?.[1];
      cursor = next === undefined ? undefined : decodeURIComponent(next);
    } while (cursor !== undefined);
    return entries;
  }
}
