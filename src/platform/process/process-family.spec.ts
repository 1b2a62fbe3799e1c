import { describe, expect, it } from 'vitest';
import { leaderAmong, type MarkedProcess } from './process-family.js';

function marked(pid: number, parentId: number, groupId: number): MarkedProcess {
  return { pid, parentId, groupId, state: 'S', startTime: '1', mark: 'm' };
}

describe('the leader among marked processes', () => {
  it('leads a group and was started by none of the others', () => {
    const others = [marked(30, 20, 10), marked(20, 10, 20), marked(25, 10, 10)];

    expect(leaderAmong([...others, marked(10, 1, 10)])?.pid).toBe(10);
  });

  it('is nobody when only members of its group are left', () => {
    expect(leaderAmong([marked(30, 1, 10), marked(31, 30, 10)])).toBeUndefined();
    expect(leaderAmong([])).toBeUndefined();
  });
});
