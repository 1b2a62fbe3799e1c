import * as sdk from '../../sdk/typescript/index.js';
import { specOf } from './agents.js';
import { ABSENT, Thing } from './acknowledged.js';
import { acknowledged } from './callers.js';
import { Kind, type Plan, type Surroundings } from './kinds.js';

interface TenantState {
  /** Its display name, which no other one ever had. */
  name: string;
  maxAgents: number;
  agents: number;
}

/** What an owner asks for who asks for nothing. */
const DEFAULT_QUOTA = 50;
/** An owner may go to 500. */
const QUOTAS = 400;
const GUEST = 'guest';

const text = ({ name, maxAgents, agents }: TenantState): string =>
  JSON.stringify({ name, maxAgents, agents });

/** Tenants that come, get another quota and an agent, and go. */
export class Tenants extends Kind {
  override readonly things: readonly Thing[];
  private ids = new Map<string, string>();

  constructor(around: Surroundings, amount: number) {
    super(around);
    this.things = Array.from({ length: amount }, (_, n) => new Thing(`slot-${n}`));
  }

  /** The display names of those that must be there. */
  get wanted(): string[] {
    const there = this.things.filter(({ state }) => state !== ABSENT);
    return there.map(({ state }) => (JSON.parse(state) as TenantState).name);
  }

  override plan(thing: Thing): Plan {
    if (thing.state === ABSENT) return this.create(thing.name);
    const state = JSON.parse(thing.state) as TenantState;
    const chance = this.around.random.next();
    if (chance < 0.3) return this.patch(state);
    return chance < 0.6 && state.agents === 0 ? this.fill(state) : this.delete(state);
  }

  override async look(): Promise<void> {
    const { model, callers } = this.around;
    const listed = acknowledged('tenants', await sdk.listTenants({ client: callers.owner }));
    const live = listed.filter(({ phase }) => phase !== 'Deleting');
    this.ids = new Map(live.map(({ displayName, id }) => [displayName, id]));
    for (const thing of this.things) {
      const own = live.filter(({ displayName }) => displayName.startsWith(`${thing.name} `));
      const seen = own.map(({ displayName, resourceQuota, agentCount }) =>
        text({
          name: displayName,
          maxAgents: resourceQuota.maxAgents,
          agents: agentCount,
        }),
      );
      model.settle(thing, seen.length === 0 ? ABSENT : seen.join(' and '));
    }
  }

  private create(slot: string): Plan {
    const name = `${slot} number ${this.mark()}`;
    return {
      action: 'tenant.created',
      next: text({ name, maxAgents: DEFAULT_QUOTA, agents: 0 }),
      ask: async (headers) => {
        const { owner: client } = this.around.callers;
        const options = { client, body: { displayName: name }, headers };
        const { id } = acknowledged(`POST ${name}`, await sdk.createTenant(options));
        this.ids.set(name, id);
      },
    };
  }

  private patch(state: TenantState): Plan {
    const maxAgents = DEFAULT_QUOTA + 1 + (this.mark() % QUOTAS);
    if (maxAgents === state.maxAgents) return this.delete(state);
    const body = { resourceQuota: { maxAgents } };
    return {
      action: 'tenant.updated',
      next: text({ ...state, maxAgents }),
      ask: async (headers) => {
        const { owner: client } = this.around.callers;
        const options = { client, path: this.pathOf(state), body, headers };
        acknowledged(`PATCH ${state.name}`, await sdk.updateTenant(options));
      },
    };
  }

  private fill(state: TenantState): Plan {
    const body = specOf(GUEST, this.mark());
    return {
      action: 'agent.created',
      next: text({ ...state, agents: 1 }),
      ask: async (headers) => {
        const { owner: client } = this.around.callers;
        const options = { client, path: this.pathOf(state), body, headers };
        acknowledged(`POST ${GUEST}`, await sdk.createAgentInTenant(options));
      },
    };
  }

  private delete(state: TenantState): Plan {
    return {
      action: 'tenant.deleted',
      next: ABSENT,
      ask: async (headers) => {
        const { owner: client } = this.around.callers;
        const options = { client, path: this.pathOf(state), headers };
        acknowledged(`DELETE ${state.name}`, await sdk.deleteTenant(options));
      },
    };
  }

  private pathOf({ name }: TenantState): { id: string } {
    const id = this.ids.get(name);
    if (id === undefined) throw new Error(`Nobody knows the id of ${name}`);
    return { id };
  }
}
