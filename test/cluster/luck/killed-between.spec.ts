import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { sdk } from '../../support/api.js';
import { World } from '../provisioning/world.js';
import { theCluster } from '../test-cluster.js';
import type { Fate } from './mortal-fates.js';
import { type Door, MortalPeople } from './mortal-people.js';
import { portraitOf, strike } from './mortal-world.js';

type Tenant = sdk.Tenant;

const cluster = theCluster();
const DOORS = ['api', 'kubectl'] as const;
/**
 * The writes that each thing takes, by the door that it is asked for at. A tenant has its status
 * told up to three times; only the first is sure to come, as its eleventh write.
 */
const WRITES = {
  api: { tenant: 11, agent: 4, suspension: 3, deletion: 4, agentDeletion: 3 },
  kubectl: { tenant: 11, agent: 4, suspension: 2, deletion: 3, agentDeletion: 2 },
};
/** The reads that are sure to come: of the node when it is new, of what is deleted. */
const READS = { tenant: 4, agent: 2, suspension: 0, deletion: 1, agentDeletion: 1 };
/** What came through one door is cut off before each write, what came through the other after. */
const WHEN = { api: 'before', kubectl: 'after' } as const;
const ALIKE_WITHIN_MS = 60_000;

/** Where agents live, by the door that they come through and when the work on them is cut off. */
interface Host {
  tenant: Tenant;
  door: (typeof DOORS)[number];
  when: Fate['when'];
}

/** Where something is cut off: at each of its writes, and before each of its reads. */
function fatesOf(
  door: (typeof DOORS)[number],
  what: keyof typeof READS,
  when: Fate['when'] = WHEN[door],
): Fate[] {
  const each = (amount: number, kind: Fate['when']): Fate[] =>
    Array.from({ length: amount }, (_, index) => ({ when: kind, nth: index + 1 }));
  return [...each(WRITES[door][what], when), ...each(READS[what], 'reading')];
}

/** The agents that are cut off, by the fates of `fatesOf`. */
function nameOf(_fate: Fate, index: number): string {
  return `agent-${index + 1}`;
}

// Tenants and agents are worked on side by side, and each is cut off at another call: one kill is
// the kill between any two of them.
describe.skipIf(cluster.facts.kubelet === undefined)('a control plane that is killed', () => {
  let world: World;
  let people: MortalPeople;
  /** Nobody disturbed the work on these. */
  let samples: Record<(typeof DOORS)[number], Tenant>;
  let hosts: Host[];
  const made: Record<(typeof DOORS)[number], Tenant[]> = { api: [], kubectl: [] };

  beforeAll(async () => {
    world = await World.start({
      kubelet: { shared: true },
      environment: { NEXUS_TENANTS_PER_USER: '100' },
    });
    people = new MortalPeople(world);
    const { api, kubectl } = people;
    const uses = DOORS.flatMap((door) => [
      { door, when: 'before' as const },
      { door, when: 'after' as const },
    ]);
    const asked = [api.makeTenant(), kubectl.makeTenant(), ...uses.map(() => api.makeTenant())];
    const [posted, applied, ...others] = await people.tenantsWhen(await Promise.all(asked));
    samples = { api: posted as Tenant, kubectl: applied as Tenant };
    hosts = uses.map((use, index) => ({ ...use, tenant: others[index] as Tenant }));
    // An API server takes a while to count a kind that is new to it; then it takes agents.
    for (const { tenant, door } of hosts) await people[door].makeAgent(tenant, 'stays');
    for (const { tenant } of hosts) await people.agentRuns(tenant, 'stays');
  });
  afterAll(() => world?.stop());

  const portrait = (tenant: Tenant): Promise<object> =>
    portraitOf(cluster.admin, people.resource(tenant.crName), tenant);

  async function expectAlike(tenants: readonly Tenant[], sample: object): Promise<void> {
    const expectOne = (tenant: Tenant) =>
      expect.poll(() => portrait(tenant), { timeout: ALIKE_WITHIN_MS }).toEqual(sample);
    await Promise.all(tenants.map(expectOne));
  }

  /** Does something to an agent for each call that it takes, in the tenants that agents live in. */
  async function toAgents(
    what: 'agent' | 'agentDeletion',
    act: (door: Door, tenant: Tenant, name: string) => Promise<void>,
  ): Promise<[string, Fate][]> {
    const fates: [string, Fate][] = [];
    for (const { tenant, door, when } of hosts) {
      for (const [index, fate] of fatesOf(door, what, when).entries()) {
        const name = nameOf(fate, index);
        await act(people[door], tenant, name);
        fates.push([`${tenant.crName}/${name}`, fate]);
      }
    }
    return fates;
  }

  it(
    'between any two calls makes tenants and agents all the same, and once',
    { timeout: 300_000 },
    async () => {
      const names = { api: [] as string[], kubectl: [] as string[] };
      await strike(world, async () => {
        const fates = new Map<string, Fate>();
        for (const door of DOORS) {
          for (const fate of fatesOf(door, 'tenant')) {
            const name = await people[door].makeTenant();
            names[door].push(name);
            fates.set(name, fate);
          }
        }
        const agents = await toAgents('agent', (door, tenant, name) =>
          door.makeAgent(tenant, name),
        );
        return new Map([...fates, ...agents]);
      });
      for (const door of DOORS) {
        made[door] = await people.tenantsWhen(names[door]);
        await expectAlike(made[door], await portrait(samples[door]));
      }
      for (const { tenant, door } of hosts) {
        const agents = [...fatesOf(door, 'agent').map(nameOf), 'stays'];
        for (const name of agents) await people.agentRuns(tenant, name);
        expect((await people.agentsOf(tenant)).sort()).toEqual(agents);
        expect(await people.heldBy(tenant)).toEqual(agents.map((name) => `${name} deployed`));
      }
      const all = [samples.api, samples.kubectl, ...hosts, ...made.api, ...made.kubectl];
      expect(await people.tenants()).toHaveLength(all.length);
    },
  );

  it(
    'between any two calls suspends and deletes all the same, and leaves nothing over',
    { timeout: 300_000 },
    async () => {
      const whole = { api: await portrait(samples.api), kubectl: await portrait(samples.kubectl) };
      for (const door of DOORS) await people[door].suspend(samples[door]);
      const parts = (door: (typeof DOORS)[number]) => {
        const { length: deletion } = fatesOf(door, 'deletion');
        const { length: suspension } = fatesOf(door, 'suspension');
        return {
          deleted: made[door].slice(0, deletion),
          suspended: made[door].slice(deletion, deletion + suspension),
          others: made[door].slice(deletion + suspension),
        };
      };
      await strike(world, async () => {
        const fates = new Map<string, Fate>();
        for (const door of DOORS) {
          const { deleted, suspended } = parts(door);
          for (const tenant of deleted) await people[door].deleteTenant(tenant);
          for (const tenant of suspended) await people[door].suspend(tenant);
          const all = [...fatesOf(door, 'deletion'), ...fatesOf(door, 'suspension')];
          const gone = [...deleted, ...suspended];
          for (const [index, { crName }] of gone.entries()) fates.set(crName, all[index] as Fate);
        }
        const agents = await toAgents('agentDeletion', (door, tenant, name) =>
          door.deleteAgent(tenant, name),
        );
        return new Map([...fates, ...agents]);
      });
      const isSuspended = ({ phase }: Tenant): boolean => phase === 'Suspended';
      for (const door of DOORS) {
        const { deleted, suspended, others } = parts(door);
        await expect.poll(() => people.leftOf(deleted), { timeout: ALIKE_WITHIN_MS }).toEqual([]);
        await people.tenantsWhen([samples[door].crName], isSuspended);
        await expectAlike(suspended, await portrait(samples[door]));
        await expectAlike(others, whole[door]);
      }
      for (const { tenant, door } of hosts) {
        const { length: deleted } = fatesOf(door, 'agentDeletion');
        const left = [...fatesOf(door, 'agent').map(nameOf).slice(deleted), 'stays'];
        const look = async () => ({
          rows: (await people.agentsOf(tenant)).sort(),
          resources: await people.agentResourcesOf(tenant),
          held: await people.heldBy(tenant),
        });
        await expect.poll(look, { timeout: ALIKE_WITHIN_MS }).toEqual({
          rows: left,
          resources: left,
          held: left.map((name) => `${name} deployed`),
        });
      }
    },
  );
});
