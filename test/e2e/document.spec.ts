import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { expectError, raw } from '../support/api.js';
import { TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start({ driver: 'none' });
});
afterAll(() => server.close());

const committed = (name: string): unknown => JSON.parse(readFileSync(`docs/${name}`, 'utf8'));

describe('the API document', () => {
  it.each(['openapi.json', 'openapi-3.0.json'])(
    'is served at /%s to everybody, as it is committed',
    async (name) => {
      const [first, second] = [
        await raw(server, 'GET', `/${name}`),
        await raw(server, 'GET', `/${name}`),
      ];
      expect(first.response.status).toBe(200);
      expect(first.response.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(JSON.parse(first.text)).toEqual(committed(name));
      expect(second.text).toBe(first.text);
    },
  );

  it('is there as YAML', async () => {
    const { response, text } = await raw(server, 'GET', '/openapi.yaml');
    expect(response.headers.get('content-type')).toContain('yaml');
    expect(parse(text, { maxAliasCount: 0 })).toEqual(committed('openapi.json'));
  });

  it('is not to be changed', async () => {
    const answer = await raw(server, 'POST', '/openapi-3.0.json', { body: '{}' });
    expectError(answer, 405, 'method_not_allowed');
    expect(answer.response.headers.get('allow')).toContain('GET');
  });
});
