import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccessWorld, nameOf, type ValidRequest, type World } from '../support/access-world.js';
import { resolve, type Route, ROUTES, type Schema } from '../support/document.js';

/** Text that means something to what it passes through: databases, logs, terminals, paths. */
const TEXTS = [
  `' OR '1'='1`,
  `"; DROP TABLE agents; --`,
  `%' AND 1=CAST((SELECT password_hash FROM users) AS int) --`,
  '100%_\\',
  'a\n{"level":"error","message":"forged"}',
  'a\r\nX-Forged: 1',
  '\u001b[31mred\u001b[0m',
  'nul\u0000nul',
  '\u202egnp.exe',
  '{{7*7}}${7*7}<script>alert(1)</script>',
  '../../../etc/passwd',
  '\ud800 alone',
];

/** One place of a request that takes text. */
interface Place {
  kind: 'path' | 'query' | 'header' | 'body';
  /** Of a body: the keys down to it. */
  at: readonly string[];
}

describe('text that would be more than text', () => {
  let access: AccessWorld;
  const worlds = new Map<Route, World>();
  beforeAll(async () => {
    access = await AccessWorld.open();
  });
  afterAll(() => access?.close());

  const places = ROUTES.flatMap((route) =>
    placesOf(route).map((place) => {
      return [`${nameOf(route)} ${place.kind} ${place.at.join('.')}`, route, place] as const;
    }),
  );

  it.each(places)('stays text: %s', async (_name, route, place) => {
    let world = worlds.get(route) ?? (await access.world(route));
    for (const text of TEXTS) {
      const request = await requestWith(route, place, text, world);
      const answer = await access.send(request);
      const { status } = answer.response;
      expect([status, answer.text]).toEqual([expect.toSatisfy(isNoFailure), answer.text]);
      if (status < 300 && place.kind === 'body') expectKept(answer.error, place, text);
      if (status < 300 && route.method === 'DELETE') world = await access.world(route);
    }
    worlds.set(route, world);
  });

  it('leaves the tables and the log as they are', async () => {
    const tables = await access.rows.dump();
    const agents = [...tables].filter((row) => row.startsWith('agents '));
    expect(agents.length).toBeGreaterThan(0);
    const lines = access.server.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    for (const line of lines) {
      expect(line).toMatchObject({ level: expect.anything(), time: expect.anything() });
      expect(JSON.stringify(line['message'] ?? line['msg'])).not.toContain('forged');
    }
  });

  /** A valid request but for one text. */
  async function requestWith(
    route: Route,
    { kind, at }: Place,
    text: string,
    world: World,
  ): Promise<ValidRequest> {
    const [name = ''] = at;
    const escaped = encodeURIComponent(text.toWellFormed());
    const instead = kind === 'path' ? { [name]: escaped } : {};
    const request = await access.requestOf(route, 'owner', world, instead);
    switch (kind) {
      case 'query': {
        const separator = request.path.includes('?') ? '&' : '?';
        return { ...request, path: `${request.path}${separator}${name}=${escaped}` };
      }
      case 'header':
        return { ...request, headers: { ...request.headers, [name.toLowerCase()]: escaped } };
      case 'body':
        return { ...request, body: withText(request.body, at, text) };
      default:
        return request;
    }
  }
});

/** Where a node has to be asked there is none, and says so. */
function isNoFailure(status: number): boolean {
  return status < 500 || status === 502;
}

/** What was taken is stored as it is, blanks around it aside. */
function expectKept(answer: unknown, { at }: Place, text: string): void {
  const told = at.reduce<unknown>((value, key) => (value as Schema | undefined)?.[key], answer);
  expect([text, text.trim()]).toContain(typeof told === 'string' ? told : text);
}

function placesOf({ operation }: Route): Place[] {
  const parameters = (operation.parameters ?? []).map(({ name, in: kind }) => ({
    kind,
    at: [name],
  }));
  const schema = operation.requestBody?.content['application/json']?.schema;
  const fields = schema === undefined ? [] : textsIn(schema);
  return [...parameters, ...fields.map((at) => ({ kind: 'body' as const, at }))];
}

/** The paths of all text in an object. */
function textsIn(schema: Schema): string[][] {
  const properties = Object.entries(
    (resolve(schema)['properties'] ?? {}) as Record<string, Schema>,
  );
  return properties.flatMap(([key, field]) => {
    const { type, const: only, enum: words } = resolve(field);
    if (type === 'object') return textsIn(field).map((path) => [key, ...path]);
    return type === 'string' && only === undefined && words === undefined ? [[key]] : [];
  });
}

/** A copy with one text in it, whatever stood there. */
function withText(body: unknown, [key = '', ...rest]: readonly string[], text: string): Schema {
  const fields = (body ?? {}) as Schema;
  return { ...fields, [key]: rest.length === 0 ? text : withText(fields[key], rest, text) };
}
