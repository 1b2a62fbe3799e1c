import { expect, it } from 'vitest';
import { FateBook, subjectOf } from './mortal-fates.js';

const CORE = '/api/v1/namespaces';
const OURS = '/apis/nexus.astromesh.io/v1alpha1/namespaces';
const NODE = `${CORE}/t1/services/astromesh-node%3A8000/proxy/v1/agents`;

it.each<[string, string, string | undefined]>([
  ['PATCH', `${OURS}/nexus-system/nexustenants/t1/status?force=true`, 't1'],
  ['PATCH', `${OURS}/t1/nexusagents/bot?force=true`, 't1/bot'],
  ['POST', `${CORE}?fieldManager=x`, 'named'],
  ['DELETE', `${CORE}/t1`, 't1'],
  ['PATCH', `${CORE}/t1/services/astromesh-node?force=true`, 't1'],
  ['POST', NODE, 't1/named'],
  ['POST', `${NODE}/bot/deploy`, 't1/bot'],
  ['POST', `${CORE}/t1/services/astromesh-node%3A8000/proxy/v1/memory`, undefined],
  ['POST', `${CORE}/t1/events`, undefined],
  ['PUT', '/apis/coordination.k8s.io/v1/namespaces/nexus-system/leases/x', undefined],
  ['GET', `${CORE}/t1`, 't1'],
  ['GET', `${NODE}/bot`, 't1/bot'],
  ['GET', NODE, 't1'],
  ['GET', `${CORE}/t1/services/astromesh-node%3A8000/proxy/v1/health`, 't1'],
  ['GET', `${OURS}/t1/nexusagents?fieldSelector=metadata.name%3Dbot`, 't1/bot'],
  ['GET', `${OURS}/nexus-system/nexustenants?fieldSelector=metadata.name%3Dt1`, 't1'],
  ['GET', `${OURS}/nexus-system/nexustenants?watch=true`, undefined],
  ['GET', `${CORE}?watch=true`, undefined],
  ['GET', '/apis/coordination.k8s.io/v1/namespaces/nexus-system/leases/x', undefined],
])('%s %s is about %s', (method, path, subject) => {
  const body = JSON.stringify({ metadata: { name: 'named' } });
  expect(subjectOf({ method, path, body })).toBe(subject);
});

it('cuts each off at its own write, agents with their tenant', () => {
  const met: string[] = [];
  const fates = { t1: { when: 'before', nth: 2 }, 't2/bot': { when: 'after', nth: 1 } } as const;
  const book = new FateBook(fates, (subject) => met.push(subject));
  const write = (path: string) => ({ method: 'PATCH', path, body: '' });
  const agent = (tenant: string) => write(`${OURS}/${tenant}/nexusagents/bot`);
  expect(book.judge(agent('t1'))).toBe('goes');
  expect(book.judge(write(`${CORE}/t1`))).toBe('is not made');
  expect(book.judge(agent('t1'))).toBe('is not made');
  expect(book.judge(agent('t2'))).toBe('is not heard of');
  expect(met).toEqual(['t1']);
  book.answered(agent('t2'));
  expect(met).toEqual(['t1', 't2/bot']);
  expect(book.judge(agent('t2'))).toBe('is not made');
  expect(book.judge(write(`${CORE}/t2`))).toBe('goes');
  expect(met).toEqual(['t1', 't2/bot']);
});

it('cuts off before a read, and from then on writes as well', () => {
  const met: string[] = [];
  const book = new FateBook({ 't1/bot': { when: 'reading', nth: 2 } }, (subject) =>
    met.push(subject),
  );
  const call = (method: string) => ({ method, path: `${NODE}/bot`, body: '' });
  expect(['GET', 'POST', 'GET', 'POST'].map((method) => book.judge(call(method)))).toEqual([
    'goes',
    'goes',
    'is not made',
    'is not made',
  ]);
  expect(met).toEqual(['t1/bot']);
});
