import { describe, expect, it } from 'vitest';
import { partsAbove } from './tenant.rules.js';

const ceiling = { maxAgents: 500, cpu: '8', memory: '16Gi' };

describe('a quota', () => {
  it.each([
    [{ maxAgents: 500, cpu: '8000m', memory: '16384Mi' }, []],
    [{ maxAgents: 501, cpu: '8.001', memory: '17179869185' }, ['maxAgents', 'cpu', 'memory']],
    [{ maxAgents: 1, cpu: '1', memory: '17G' }, []],
    [{ maxAgents: 1, cpu: '1', memory: '18G' }, ['memory']],
  ])('of %j is above the ceiling in %j', (quota, parts) => {
    expect(partsAbove(quota, ceiling)).toEqual(parts);
  });
});
