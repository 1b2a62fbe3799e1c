import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACTORS, type ActorName } from '../support/access-people.js';
import {
  AccessWorld,
  isAboutATenant,
  nameOf,
  type World,
  type ValidRequest,
} from '../support/access-world.js';
import { type Route, ROUTES } from '../support/document.js';
import { changesBetween } from '../support/server-rows.js';
import { TABLE } from './access-matrix.table.js';

/** Those to whom the tenant of a call is not theirs. */
const OUTSIDERS = [
  'none',
  'expired',
  'revoked',
  'otherOwner',
  'otherKey',
  'removed',
  'disabled',
] as const;
/** Those of them who have no good credential. */
const UNKNOWN = ['none', 'expired', 'revoked', 'disabled'] as const;
/** Those of them whose credential is good. */
const STRANGERS = ['otherOwner', 'otherKey', 'removed'] as const;
const INSIDERS = ACTORS.filter((actor) => !(OUTSIDERS as readonly ActorName[]).includes(actor));

const ADVICE = 'access-matrix.table.ts should say this, unless the product is wrong:';
const WIDTH = 10;
const NAMES: readonly string[] = ROUTES.map(nameOf);
const NAME_WIDTH = 50;

/** The table's rows by the operation. */
const EXPECTED: ReadonlyMap<string, string> = new Map(
  TABLE.split('\n')
    .filter((line) => /^[A-Z]+ \//.test(line))
    .map((line) => {
      const [method = '', path = '', ...cells] = line.trim().split(/\s+/);
      return [`${method} ${path}`, rowOf(`${method} ${path}`, cells)] as const;
    }),
);

describe('the access matrix', () => {
  let access: AccessWorld;
  const odd: string[] = [];
  beforeAll(async () => {
    access = await AccessWorld.open();
  });
  afterAll(async () => {
    if (odd.length > 0) process.stdout.write(`${ADVICE}\n${odd.join('\n')}\n`);
    await access?.close();
  });

  it('has a row for every operation, and no other', () => {
    expect([...EXPECTED.keys()].filter((name) => !NAMES.includes(name))).toEqual([]);
    expect(NAMES.filter((name) => !EXPECTED.has(name))).toEqual([]);
  });

  it('would see a row that changes', async () => {
    const before = await access.rows.dump();
    await access.world(ROUTES[0] as Route);
    const changed = changesBetween(before, await access.rows.dump()).map(
      (row) => row.split(' ')[1],
    );
    expect(changed).toEqual(expect.arrayContaining(['tenants', 'tenant_members', 'agents']));
  });

  it('lets somebody into every operation', () => {
    const closed = [...EXPECTED].filter(([, row]) => !/ (ok|502)\b/.test(row));
    expect(closed).toEqual([]);
  });

  it('knows nobody without a good credential, and lets no stranger into a tenant', () => {
    const wrong = ROUTES.flatMap((route) => {
      const [, , ...cells] = (EXPECTED.get(nameOf(route)) ?? '').split(/\s+/);
      const cell = (actor: ActorName): string => cells[ACTORS.indexOf(actor)] ?? '';
      const isPublic = (route.operation.security ?? []).length === 0;
      const known = isPublic ? [] : UNKNOWN.filter((actor) => cell(actor) !== '401');
      const inside = isAboutATenant(route) ? STRANGERS.filter((actor) => cell(actor) === 'ok') : [];
      return [...known, ...inside].map((actor) => `${nameOf(route)}: ${actor}`);
    });
    expect(wrong).toEqual([]);
  });

  it.each(ROUTES.map((route) => [nameOf(route), route] as const))('%s', async (name, route) => {
    const statuses = new Map<ActorName, string>();
    let world = await access.world(route);
    const note = (actor: ActorName, status: number): boolean => {
      const isOk = status >= 200 && status < 300;
      statuses.set(actor, isOk ? 'ok' : String(status));
      return isOk;
    };
    const ask = async (actor: ActorName): Promise<boolean> =>
      note(actor, (await access.ask(route, actor, world)).status);

    // What a request needs is made before the rows are read.
    const requests = new Map<ActorName, ValidRequest>();
    for (const actor of OUTSIDERS) {
      requests.set(actor, await access.requestOf(route, actor, world));
    }
    let before = await access.rows.dump();
    for (const [actor, request] of requests) {
      const { response } = await access.send(request);
      // Who got in was allowed to, or the table says otherwise.
      if (note(actor, response.status)) before = await access.rows.dump();
    }
    expect(changesBetween(before, await access.rows.dump())).toEqual([]);
    if (isAboutATenant(route)) await expectNoDifference(route, world);

    for (const actor of INSIDERS) {
      const isUsedUp = (await ask(actor)) && route.method !== 'GET';
      if (isUsedUp) world = await access.world(route);
    }
    const row = rowOf(
      name,
      ACTORS.map((actor) => statuses.get(actor) ?? ''),
    );
    if (row !== EXPECTED.get(name)) odd.push(row);
    expect(row, ADVICE).toBe(EXPECTED.get(name) ?? '');
  });

  /** Strangers cannot tell a tenant that is there from one that is not. */
  async function expectNoDifference(route: Route, world: World): Promise<void> {
    for (const actor of STRANGERS) {
      const foreign = await access.ask(route, actor, world);
      expect(await access.ask(route, actor, world, true), actor).toEqual(foreign);
      expect([403, 404], `${actor} gets ${foreign.body}`).toContain(foreign.status);
    }
  }
});

function rowOf(name: string, cells: readonly string[]): string {
  return [name.padEnd(NAME_WIDTH), ...cells.map((cell) => cell.padEnd(WIDTH))].join(' ').trimEnd();
}
