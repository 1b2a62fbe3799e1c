import { expect, it } from 'vitest';
import { refusalInBetween } from './node-way.rules.js';

const answer = (status: number, body: unknown) => ({
  status,
  contentType: 'application/json',
  text: JSON.stringify(body),
});

it('tells what an API server says in between from what the node says', () => {
  const said = { kind: 'Status', apiVersion: 'v1', message: 'services "x" not found' };
  expect(refusalInBetween(answer(404, said))).toMatchObject({ kind: 'unreachable' });
  expect(refusalInBetween(answer(504, said))).toMatchObject({ kind: 'timeout' });
  expect(refusalInBetween(answer(404, { detail: 'Agent not found' }))).toBeUndefined();
  expect(refusalInBetween(answer(200, said))).toBeUndefined();
});
