import * as sdk from '../../sdk/typescript/index.js';
import { ABSENT, Thing, Violation } from './acknowledged.js';
import { acknowledged, found } from './callers.js';
import { Kind, type Plan, type Surroundings } from './kinds.js';

/** An agent as the model knows it; its revision is the number of its specs. */
export interface AgentState {
  /** What tells its specs apart, oldest first. */
  specs: number[];
  paused: boolean;
}

/** Fifty are kept. */
const MOST_SPECS = 40;

const text = ({ specs, paused }: AgentState): string => JSON.stringify({ specs, paused });

/** The agents of one tenant: made, replaced by ETag, paused, resumed and deleted. */
export class Agents extends Kind {
  override readonly things: readonly Thing[];

  constructor(
    around: Surroundings,
    readonly tenant: { id: string; crName: string },
    amount: number,
  ) {
    super(around);
    this.things = Array.from({ length: amount }, (_, n) => new Thing(`agent-${n}`));
  }

  /** What must be there, by name. */
  get wanted(): Map<string, AgentState> {
    const there = this.things.filter(({ state }) => state !== ABSENT);
    return new Map(there.map(({ name, state }) => [name, JSON.parse(state) as AgentState]));
  }

  override plan(thing: Thing): Plan {
    if (thing.state === ABSENT) return this.create(thing.name);
    const state = JSON.parse(thing.state) as AgentState;
    const chance = this.around.random.next();
    if (chance < 0.25 || state.specs.length >= MOST_SPECS) return this.delete(thing.name);
    if (chance < 0.5) return this.pause(thing.name, state);
    return this.replace(thing.name, state);
  }

  override async look(): Promise<void> {
    const { model } = this.around;
    const listed = new Set((await this.list()).map(({ name }) => name));
    for (const thing of this.things) {
      const seen = await this.see(thing.name);
      if (listed.has(thing.name) !== (seen !== undefined)) {
        throw new Violation(`${thing.name} is in the list or by itself alone`);
      }
      model.settle(thing, seen === undefined ? ABSENT : text(seen));
    }
    const strangers = [...listed].filter((name) => !this.things.some((one) => one.name === name));
    if (strangers.length > 0) throw new Violation(`nobody made ${strangers.join()}`);
  }

  private async list(): Promise<sdk.AgentSummary[]> {
    const options = { client: this.around.callers.owner, path: { id: this.tenant.id } };
    return acknowledged('the list of agents', await sdk.listAgentsInTenant(options));
  }

  private async see(name: string): Promise<AgentState | undefined> {
    const options = { client: this.around.callers.owner, path: { id: this.tenant.id, name } };
    const answer = await sdk.getAgentInTenant(options);
    const agent = found(`agent ${name}`, answer);
    if (agent === undefined) return undefined;
    const versions = acknowledged('versions', await sdk.listAgentVersionsInTenant(options));
    const etag = answer.response?.headers.get('etag');
    const [newest] = versions;
    const whole =
      etag === `"${agent.revision}"` &&
      newest?.current === true &&
      markOf(newest.spec) === markOf(agent.spec) &&
      versions.every(({ revision }, at) => revision === agent.revision - at);
    if (!whole || versions.length !== agent.revision) {
      const kept = versions.map(({ revision }) => revision).join();
      throw new Violation(`${name}: revision ${agent.revision}, ETag ${etag}, versions ${kept}`);
    }
    return { specs: versions.map(({ spec }) => markOf(spec)).toReversed(), paused: agent.paused };
  }

  private create(name: string): Plan {
    const mark = this.mark();
    return {
      action: 'agent.created',
      next: text({ specs: [mark], paused: false }),
      ask: async (headers) => {
        const { owner: client } = this.around.callers;
        const options = { client, path: { id: this.tenant.id }, body: specOf(name, mark), headers };
        const made = acknowledged(`POST ${name}`, await sdk.createAgentInTenant(options));
        if (made.revision !== 1) throw new Violation(`${name} begins with ${made.revision}`);
      },
    };
  }

  private replace(name: string, { specs, paused }: AgentState): Plan {
    const mark = this.mark();
    const next = { specs: [...specs, mark], paused };
    return {
      action: 'agent.updated',
      next: text(next),
      ask: async (headers) => {
        const answer = await sdk.replaceAgentInTenant({
          client: this.around.callers.owner,
          path: { id: this.tenant.id, name },
          body: specOf(name, mark),
          headers: { ...headers, 'if-match': `"${specs.length}"` },
        });
        const { revision } = acknowledged(`PUT ${name}`, answer);
        if (revision !== next.specs.length) throw new Violation(`${name} is now ${revision}`);
      },
    };
  }

  private pause(name: string, { specs, paused }: AgentState): Plan {
    return {
      action: paused ? 'agent.resumed' : 'agent.paused',
      next: text({ specs, paused: !paused }),
      ask: async (headers) => {
        const { owner: client } = this.around.callers;
        const options = { client, path: { id: this.tenant.id, name }, headers };
        const asked = paused ? sdk.resumeAgentInTenant : sdk.pauseAgentInTenant;
        acknowledged(`pause or resume of ${name}`, await asked(options));
      },
    };
  }

  private delete(name: string): Plan {
    return {
      action: 'agent.deleted',
      next: ABSENT,
      ask: async (headers) => {
        const { owner: client } = this.around.callers;
        const options = { client, path: { id: this.tenant.id, name }, headers };
        acknowledged(`DELETE ${name}`, await sdk.deleteAgentInTenant(options));
      },
    };
  }
}

/** A valid spec that is told apart by a number. */
export function specOf(name: string, mark: number): sdk.AgentSpec {
  return {
    apiVersion: 'astromesh/v1',
    kind: 'Agent',
    metadata: { name, version: '1.0.0' },
    spec: {
      model: { primary: { provider: 'echo', model: 'echo-1' } },
      prompts: { system: `${mark}` },
    },
  };
}

/** What tells a spec apart. */
export function markOf({ spec }: { spec: Record<string, unknown> }): number {
  return Number((spec['prompts'] as { system: string }).system);
}
