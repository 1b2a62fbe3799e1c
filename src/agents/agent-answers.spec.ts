import { describe, expect, it } from 'vitest';
import { agentRow } from '../../test/support/rows.js';
import { agentAnswer, newPageAnswer, pageAnswer } from './agent-answers.js';

const NODE = { endpoint: null, ready: true, version: null };

describe('the answer that shows an agent', () => {
  it('is made once for a row', () => {
    const row = agentRow();
    const answer = agentAnswer(row, 'tenant-1', NODE);
    expect(agentAnswer(row, 'tenant-1', { ...NODE })).toBe(answer);
    expect(agentAnswer({ ...row }, 'tenant-1', NODE)).not.toBe(answer);
    expect(answer.revision).toBe(row.revision);
  });

  it.each([
    ['tenant-2', NODE],
    ['tenant-1', { ...NODE, ready: false }],
    ['tenant-1', { ...NODE, endpoint: 'http://node' }],
    ['tenant-1', { ...NODE, version: '1.0.0' }],
  ])('is another one for %s and %j', (namespace, node) => {
    const row = agentRow();
    agentAnswer(row, 'tenant-1', NODE);
    const { body } = agentAnswer(row, namespace, node);
    expect(JSON.parse(body.toString())).toMatchObject({ namespace, node });
  });
});

describe('the answer that lists agents', () => {
  const rows = ['a', 'b', 'c'].map((name) => agentRow({ name, id: name }));
  const namesOf = (body: Buffer) =>
    (JSON.parse(body.toString()) as { name: string }[]).map(({ name }) => name);

  it('is made once for the rows of a query', () => {
    const answer = pageAnswer(rows, 2, 'tenant-1');
    expect(namesOf(answer.body)).toEqual(['a', 'b']);
    expect(answer.next).toEqual(['b', 'b']);
    expect(pageAnswer(rows, 2, 'tenant-1')).toBe(answer);
    expect(pageAnswer([...rows], 2, 'tenant-1')).not.toBe(answer);
    expect(pageAnswer(rows, 2, 'tenant-2').body.toString()).toContain('tenant-2');
  });

  it('names the tenant of each agent of several', () => {
    const { body, next } = newPageAnswer(rows, 3, (id) => `tenant of ${id}`);
    expect(body.toString()).toContain(`"namespace":"tenant of ${rows[0]?.tenantId}"`);
    expect(next).toBeUndefined();
  });
});
