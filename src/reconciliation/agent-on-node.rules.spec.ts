import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../platform/json/canonical-json.js';
import { hasRestarted, holdsSpec } from './agent-on-node.rules.js';

describe('what a node holds', () => {
  const spec = { kind: 'Agent', spec: { model: { a: 1 }, tools: [] } };
  const desired = canonicalJson(spec);

  it('is the spec, whatever the order of its keys', () => {
    expect(holdsSpec(desired, { spec: { tools: [], model: { a: 1 } }, kind: 'Agent' })).toBe(true);
  });

  it('is the spec with the empty skills that a node adds', () => {
    expect(holdsSpec(desired, { ...spec, spec: { ...spec.spec, skills: [] } })).toBe(true);
  });

  it.each([
    [{ ...spec, spec: { ...spec.spec, skills: ['x'] } }],
    [{ ...spec, spec: { ...spec.spec, model: { a: 2 } } }],
    [{ ...spec, more: 1 }],
    [{}],
    [null],
  ])('is another one: %j', (config) => {
    expect(holdsSpec(desired, config)).toBe(false);
  });

  it('is worth nothing after a restart', () => {
    const before = { uptime_seconds: 10, pid: 1 };
    expect(hasRestarted(before, { uptime_seconds: 11, pid: 1 })).toBe(false);
    expect(hasRestarted(before, { uptime_seconds: 3, pid: 1 })).toBe(true);
    expect(hasRestarted(before, { uptime_seconds: 11, pid: 2 })).toBe(true);
  });
});
