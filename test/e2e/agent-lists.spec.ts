import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  echoSpec,
  expectData,
  expectError,
  newPerson,
  type Person,
  raw,
  sdk,
} from '../support/api.js';
import { TestServer } from '../support/server.js';

// Filters, pages and preconditions of the agent routes; no node is needed for them.
describe('lists of agents and of their versions', () => {
  let server: TestServer;
  let owner: Person;
  beforeAll(async () => {
    server = await TestServer.start({ driver: 'none' });
    owner = await newPerson(server);
    expectData(await sdk.createTenant({ client: owner.client, body: { displayName: 'x' } }), 201);
    for (const name of ['one', 'two']) {
      const spec = echoSpec(name);
      const labels = { Team: name === 'one' ? 'Care' : 'care' };
      const body = { ...spec, metadata: { ...spec.metadata, labels } };
      expectData(await sdk.createAgent({ client: owner.client, body }), 201);
    }
    for (let turn = 2; turn <= 7; turn++) await change('one', turn);
    await change('two', 2);
  });
  afterAll(() => server.close());

  const change = async (name: string, turn: number): Promise<void> => {
    const body = echoSpec(name, { prompts: { system: `${turn}` } });
    expectData(await sdk.replaceAgent({ client: owner.client, path: { name }, body }), 200);
  };
  const get = (path: string) => raw(server, 'GET', path, { headers: owner.headers });
  const linkOf = ({ response }: { response: Response }): string | undefined =>
    /^<([^>]+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1];
  const revisions = ({ error }: { error: unknown }): number[] =>
    (error as { revision: number }[]).map(({ revision }) => revision);

  it('page through versions that stand still while new ones come', async () => {
    const first = await get('/api/v1/agents/one/versions?limit=3');
    expect(revisions(first)).toEqual([7, 6, 5]);
    expect(first.response.headers.get('x-total-count')).toBe('7');
    await change('one', 8);
    const second = await get(linkOf(first) ?? '');
    expect(revisions(second)).toEqual([4, 3, 2]);
    expect(second.response.headers.get('x-total-count')).toBe('8');
    const third = await get(linkOf(second) ?? '');
    expect(revisions(third)).toEqual([1]);
    expect(linkOf(third)).toBeUndefined();
    expect(revisions(await get('/api/v1/agents/one/versions'))).toHaveLength(8);
  });

  it('bind a cursor to its list', async () => {
    const page = await get('/api/v1/agents/one/versions?limit=1');
    const next = linkOf(page) ?? '';
    expectError(await get(next.replace('/one/', '/two/')), 400, 'invalid_request');
    const cursor = new URLSearchParams(next.split('?')[1]).get('cursor') ?? '';
    expectError(await get(`/api/v1/agents?cursor=${cursor}`), 400, 'invalid_request');
    const position = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as [string[], string];
    for (const forged of ['x', '-1', '1e9', '99999999999', '1\0']) {
      const text = Buffer.from(JSON.stringify([[forged], position[1]])).toString('base64url');
      const answer = await get(`/api/v1/agents/one/versions?cursor=${text}`);
      expectError(answer, 400, 'invalid_request');
    }
    const agents = linkOf(await get('/api/v1/agents?limit=1')) ?? '';
    const filters = new URLSearchParams(agents.split('?')[1]).get('cursor') ?? '';
    const [, bound] = JSON.parse(Buffer.from(filters, 'base64url').toString()) as [
      string[],
      string,
    ];
    const nul = Buffer.from(JSON.stringify([['a\0', 'b'], bound])).toString('base64url');
    expectError(await get(`/api/v1/agents?cursor=${nul}`), 400, 'invalid_request');
  });

  it.each([
    'limit=0',
    'limit=1001',
    'limit=-1',
    'limit=1.5',
    'limit=1e2',
    'limit=many',
    'limit=',
    'limit=1&limit=2',
    'cursor=',
    'cursor=AAAA',
    `cursor=${'A'.repeat(1025)}`,
    'namespace=%00',
    'sort=name',
  ])('refuse %s', async (query) => {
    for (const path of ['/api/v1/agents', '/api/v1/agents/one/versions']) {
      expectError(await get(`${path}?${query}`), 400, 'invalid_request');
    }
  });

  it.each(['label=', 'label=%00', `label=${'a'.repeat(513)}`, 'phase=running', 'phase='])(
    'refuse %s of agents',
    async (query) => {
      expectError(await get(`/api/v1/agents?${query}`), 400, 'invalid_request');
    },
  );

  it('find labels as they are written', async () => {
    const names = async (label: string) =>
      expectData(await sdk.listAgents({ client: owner.client, query: { label } }), 200).map(
        ({ name }) => name,
      );
    await sdk.replaceAgent({
      client: owner.client,
      path: { name: 'one' },
      body: {
        ...echoSpec('one'),
        metadata: { name: 'one', labels: { Team: 'Care', a: '"b":"c"', 'd"e': 'f' } },
      },
    });
    expect(await names('Team=Care')).toEqual(['one']);
    expect(await names('Team=care')).toEqual([]);
    expect(await names('team')).toEqual([]);
    expect(await names('Te%')).toEqual([]);
    expect(await names('b=c')).toEqual([]);
    expect(await names('a="b":"c"')).toEqual(['one']);
    expect(await names('d"e=f')).toEqual(['one']);
    expect(await names('e')).toEqual([]);
    expect(await names('e=f')).toEqual([]);
    expect(await names('absent')).toEqual([]);
  });

  it('answer a name that no text can hold', async () => {
    expectError(await get('/api/v1/agents/%00'), 400, 'invalid_request');
    expectError(await get('/api/v1/agents/a%0ab/logs'), 400, 'invalid_request');
  });

  it('compare If-Match as the RFC says', async () => {
    const body = echoSpec('guarded');
    expectData(await sdk.createAgent({ client: owner.client, body }), 201);
    let turn = 0;
    const put = async (ifMatch: string, same = false) => {
      const spec = echoSpec('guarded', same ? {} : { prompts: { system: `${++turn}` } });
      return raw(server, 'PUT', '/api/v1/agents/guarded', {
        headers: { ...owner.headers, 'content-type': 'application/json', 'if-match': ifMatch },
        body: JSON.stringify(spec),
      });
    };
    expectError(await put('"2"'), 412, 'revision_stale');
    expectError(await put('W/"1"'), 412, 'revision_stale');
    expectError(await put('"abc"'), 412, 'revision_stale');
    expectError(await put('"2"', true), 412, 'revision_stale');
    for (const odd of ['abc', '"1', '"1" "2"', '"1",', 'W/1']) {
      expectError(await put(odd), 400, 'invalid_request');
    }
    const etags = [];
    for (const good of ['"1"', '*', '"9", "3"', 'W/"4", "4"', '5']) {
      const answer = await put(good);
      expect(answer.response.status, answer.text).toBe(200);
      etags.push(answer.response.headers.get('etag'));
    }
    expect(etags).toEqual(['"2"', '"3"', '"4"', '"5"', '"6"']);
  });
});
