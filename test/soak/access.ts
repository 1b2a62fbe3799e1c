/** Who may enter a tenant, and the secrets in it: keys, members, variables. */
import * as sdk from '../../sdk/typescript/index.js';
import { ABSENT, Thing, Violation } from './acknowledged.js';
import { acknowledged } from './callers.js';
import { Kind, type Plan, type Surroundings } from './kinds.js';

const SLOTS = 3;
const ROLES = ['owner', 'developer', 'viewer'] as const;
/** Keys that stay under observation after their end. */
const REMEMBERED = 20;

/** Keys that are issued and revoked; whether they open the tenant is tried as well. */
export class Keys extends Kind {
  override readonly things = Array.from({ length: SLOTS }, (_, n) => new Thing(`key-${n}`));
  private readonly raw = new Map<string, string>();
  private hashes = new Map<string, string>();

  constructor(
    around: Surroundings,
    private readonly tenant: { id: string },
  ) {
    super(around);
  }

  override plan({ name, state }: Thing): Plan {
    return state === ABSENT ? this.issue(`${name} number ${this.mark()}`) : this.revoke(state);
  }

  override async look(): Promise<void> {
    const { model, callers } = this.around;
    const options = { client: callers.owner, path: { id: this.tenant.id } };
    const listed = acknowledged('keys', await sdk.listTenantKeys(options));
    this.hashes = new Map(listed.map(({ label, hash }) => [label, hash]));
    for (const thing of this.things) {
      const own = listed.filter(({ label }) => label.startsWith(`${thing.name} `));
      model.settle(thing, own.map(({ label }) => label).join(' and ') || ABSENT);
    }
    for (const [label, key] of this.raw) await this.try(label, key);
    const past = [...this.raw.keys()].filter((label) => !this.hashes.has(label));
    for (const label of past.slice(0, -REMEMBERED)) this.raw.delete(label);
  }

  /** @throws Violation when a key opens the tenant after its end, or not before */
  private async try(label: string, key: string): Promise<void> {
    const options = { client: this.around.callers.keyed(key), path: { id: this.tenant.id } };
    const status = (await sdk.getTenant(options)).response?.status;
    const wanted = this.hashes.has(label) ? 200 : 401;
    if (status !== wanted) throw new Violation(`${label} is answered ${status}, not ${wanted}`);
  }

  private issue(label: string): Plan {
    return {
      action: 'key.created',
      next: label,
      ask: async (headers) => {
        const { owner: client } = this.around.callers;
        const options = { client, path: { id: this.tenant.id }, body: { label }, headers };
        const { rawKey, hash } = acknowledged(label, await sdk.createTenantKey(options));
        this.raw.set(label, rawKey);
        this.hashes.set(label, hash);
      },
    };
  }

  private revoke(label: string): Plan {
    return {
      action: 'key.revoked',
      next: ABSENT,
      ask: async (headers) => {
        const hash = this.hashes.get(label) ?? '';
        const { owner: client } = this.around.callers;
        const options = { client, path: { id: this.tenant.id, hash }, headers };
        acknowledged(`the end of ${label}`, await sdk.revokeTenantKey(options));
      },
    };
  }
}

/** People who become members, get another role, and leave. */
export class Members extends Kind {
  override readonly things: readonly Thing[];

  constructor(
    around: Surroundings,
    private readonly tenant: { id: string },
  ) {
    super(around);
    this.things = around.callers.people.map(({ id }) => new Thing(id));
  }

  override plan({ name, state }: Thing): Plan {
    const { random } = this.around;
    const role = random.pick(ROLES.filter((one) => one !== state));
    if (state === ABSENT) return this.add(name, role);
    return random.next() < 0.5 ? this.change(name, role) : this.remove(name);
  }

  override async look(): Promise<void> {
    const { model, callers } = this.around;
    const options = { client: callers.owner, path: { id: this.tenant.id } };
    const listed = acknowledged('members', await sdk.listMembers(options));
    for (const thing of this.things) {
      model.settle(thing, listed.find(({ userId }) => userId === thing.name)?.role ?? ABSENT);
    }
  }

  private add(userId: string, role: (typeof ROLES)[number]): Plan {
    const email = this.around.callers.people.find(({ id }) => id === userId)?.email ?? '';
    return {
      action: 'member.added',
      next: role,
      ask: async (headers) => {
        const { owner: client } = this.around.callers;
        const options = { client, path: { id: this.tenant.id }, body: { email, role }, headers };
        acknowledged(`POST ${email}`, await sdk.addMember(options));
      },
    };
  }

  private change(userId: string, role: (typeof ROLES)[number]): Plan {
    return {
      action: 'member.updated',
      next: role,
      ask: async (headers) => {
        const { owner: client } = this.around.callers;
        const options = { client, path: { id: this.tenant.id, userId }, body: { role }, headers };
        acknowledged(`PATCH ${userId}`, await sdk.changeMember(options));
      },
    };
  }

  private remove(userId: string): Plan {
    return {
      action: 'member.removed',
      next: ABSENT,
      ask: async (headers) => {
        const { owner: client } = this.around.callers;
        const options = { client, path: { id: this.tenant.id, userId }, headers };
        acknowledged(`DELETE ${userId}`, await sdk.removeMember(options));
      },
    };
  }
}

/** Variables; their values are never shown, the node has them in its environment. */
export class Variables extends Kind {
  override readonly things = Array.from({ length: SLOTS }, (_, n) => new Thing(`SOAK_${n}`));

  constructor(
    around: Surroundings,
    private readonly tenant: { id: string },
  ) {
    super(around);
  }

  /** The values that must be there, by name. */
  get wanted(): Map<string, string> {
    const there = this.things.filter(({ state }) => state !== ABSENT);
    return new Map(there.map(({ name, state }) => [name, state]));
  }

  override plan({ name, state }: Thing): Plan {
    return state === ABSENT ? this.set(name, `value ${this.mark()}`) : this.delete(name);
  }

  override async look(): Promise<void> {
    const { model, callers } = this.around;
    const options = { client: callers.owner, path: { id: this.tenant.id } };
    const listed = acknowledged('variables', await sdk.listVariables(options));
    for (const thing of this.things) {
      const isThere = listed.some(({ name }) => name === thing.name);
      const seen = isThere ? 'there' : ABSENT;
      model.settle(thing, seen, (state) => (state === ABSENT) !== isThere);
    }
  }

  private set(name: string, value: string): Plan {
    return {
      action: 'variable.created',
      next: value,
      ask: async (headers) => {
        const { owner: client } = this.around.callers;
        const options = { client, path: { id: this.tenant.id, name }, body: { value }, headers };
        acknowledged(`PUT ${name}`, await sdk.setVariable(options));
      },
    };
  }

  private delete(name: string): Plan {
    return {
      action: 'variable.deleted',
      next: ABSENT,
      ask: async (headers) => {
        const { owner: client } = this.around.callers;
        const options = { client, path: { id: this.tenant.id, name }, headers };
        acknowledged(`DELETE ${name}`, await sdk.deleteVariable(options));
      },
    };
  }
}
