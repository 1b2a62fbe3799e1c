import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACTORS, type ActorName } from '../support/access-people.js';
import {
  AccessWorld,
  isAboutATenant,
  nameOf,
  type Outcome,
  type ValidRequest,
  type World,
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
const NAME_WIDTH = 60;

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
      const cell = (actor: ActorName): string => cellOf(route, actor);
      const isPublic = (route.operation.security ?? []).length === 0;
      const known = isPublic ? [] : UNKNOWN.filter((actor) => cell(actor) !== '401');
      const inside = isAboutATenant(route) ? STRANGERS.filter((actor) => cell(actor) === 'ok') : [];
      return [...known, ...inside].map((actor) => `${nameOf(route)}: ${actor}`);
    });
    expect(wrong).toEqual([]);
  });

  it.each(ROUTES.map((route) => [nameOf(route), route] as const))('%s', async (name, route) => {
    const statuses = new Map<ActorName, string>();
    const note = (actor: ActorName, { status }: Outcome): boolean => {
      const isOk = status >= 200 && status < 300;
      statuses.set(actor, isOk ? 'ok' : String(status));
      return isOk;
    };

    let world = await access.world(route);
    await expectNoTrace(route, world, note);
    const refusals: string[] = [];
    for (const actor of INSIDERS) {
      const answer = await access.ask(await access.requestOf(route, actor, world));
      if (answer.status === 403) refusals.push(answer.body);
      const isUsedUp = note(actor, answer) && route.method !== 'GET';
      if (isUsedUp) world = await access.world(route);
    }
    expect(refusals.filter((body) => !body.includes('"permission_missing"'))).toEqual([]);
    const row = rowOf(
      name,
      ACTORS.map((actor) => statuses.get(actor) ?? ''),
    );
    if (row !== EXPECTED.get(name)) odd.push(row);
    expect(row, ADVICE).toBe(EXPECTED.get(name) ?? '');
  });

  /**
   * Whoever is turned away has changed nothing, and strangers cannot tell a tenant that is there from
   * one that is not.
   */
  async function expectNoTrace(
    route: Route,
    world: World,
    note: (actor: ActorName, answer: Outcome) => void,
  ): Promise<void> {
    const attempts = await attemptsOf(route, world);
    const mayEnter = attempts.filter(({ actor }) => cellOf(route, actor) === 'ok');
    const refused = attempts.filter((attempt) => !mayEnter.includes(attempt));
    for (const { actor, request } of mayEnter) note(actor, await access.ask(request));
    const before = await access.rows.dump();
    for (const { actor, request, twin } of refused) {
      const answer = await access.ask(request);
      note(actor, answer);
      if (twin === undefined) continue;
      expect(await access.ask(twin), actor).toEqual(answer);
      expect([403, 404], `${actor} gets ${answer.body}`).toContain(answer.status);
    }
    expect(changesBetween(before, await access.rows.dump())).toEqual([]);
  }

  /** What those ask to whom the tenant is not theirs; strangers of an absent one, too. */
  async function attemptsOf(route: Route, world: World): Promise<Attempt[]> {
    const attempts: Attempt[] = [];
    for (const actor of OUTSIDERS) {
      const request = await access.requestOf(route, actor, world);
      const hasTwin = isAboutATenant(route) && (STRANGERS as readonly ActorName[]).includes(actor);
      const twin = hasTwin ? await access.requestOf(route, actor, access.absent(world)) : undefined;
      attempts.push({ actor, request, twin });
    }
    return attempts;
  }
});

/** What somebody asks, and the same about a tenant that is not there. */
interface Attempt {
  actor: ActorName;
  request: ValidRequest;
  twin: ValidRequest | undefined;
}

/** What the table says that somebody gets. */
function cellOf(route: Route, actor: ActorName): string {
  const [, , ...cells] = (EXPECTED.get(nameOf(route)) ?? '').split(/\s+/);
  return cells[ACTORS.indexOf(actor)] ?? '';
}

function rowOf(name: string, cells: readonly string[]): string {
  return [name.padEnd(NAME_WIDTH), ...cells.map((cell) => cell.padEnd(WIDTH))].join(' ').trimEnd();
}
