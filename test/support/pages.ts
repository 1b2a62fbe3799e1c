/** Walks through a list as a client does: from `Link` to `Link`. */
import { expect } from 'vitest';
import { type Headers, raw } from './api.js';
import type { TestServer } from './server.js';

/** Every entry of a list that is read in pages of `limit`, each page checked for its headers. */
export async function everyPage<T>(
  server: TestServer,
  path: string,
  headers: Headers,
  limit: number,
): Promise<T[]> {
  const entries: T[] = [];
  const totals = new Set<string | null>();
  let next: string | undefined = `${path}?limit=${limit}`;
  while (next !== undefined) {
    const { response, text } = await raw(server, 'GET', next, { headers });
    expect(response.status, text).toBe(200);
    const page = JSON.parse(text) as T[];
    expect(page.length).toBeLessThanOrEqual(limit);
    entries.push(...page);
    totals.add(response.headers.get('x-total-count'));
    next = /^<([^>]+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1];
  }
  expect([...totals]).toEqual([String(entries.length)]);
  return entries;
}
