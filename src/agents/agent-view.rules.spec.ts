import { describe, expect, it } from 'vitest';
import { agentRow } from '../../test/support/rows.js';
import { agentText, createdView, statusWord } from './agent-view.rules.js';
import type { AgentView } from './agents.schemas.js';

describe('the view of an agent', () => {
  it.each([
    [{ phase: 'Running' }, 'running'],
    [{ phase: 'Running', generation: 2 }, 'updating'],
    [{ phase: 'Pending', generation: 1, observedGeneration: 0 }, 'pending'],
    [{ phase: 'Pending', generation: 2, observedGeneration: 0 }, 'pending'],
    [{ phase: 'Pending', revision: 2, generation: 2, observedGeneration: 0 }, 'updating'],
    [{ phase: 'Pending', revision: 2, generation: 2, observedGeneration: 2 }, 'pending'],
    [{ phase: 'Failed', generation: 3, observedGeneration: 2 }, 'updating'],
    [{ phase: 'Paused' }, 'paused'],
  ])('says of %j: %s', (more, word) => {
    expect(statusWord(agentRow(more))).toBe(word);
  });

  it('shows the spec twice and both notations of times', () => {
    const node = { endpoint: null, ready: true, version: null };
    const row = agentRow({
      spec: '{"spec":{"text":"\\"é\\u2028"}}',
      conditions: '[{"type":"Ready"}]',
    });
    const view = JSON.parse(agentText(row, 'tenant-1', node)) as AgentView;
    expect(view.spec).toEqual(JSON.parse(row.spec));
    expect(view.manifest).toEqual(view.spec);
    expect(view.created_at).toBe(view.createdAt);
    expect(view.status).toMatchObject({ state: 'running', nodeAck: true, ready: true });
    expect(view.status.conditions).toEqual([{ type: 'Ready' }]);
    expect(view.node).toEqual(node);
  });

  it('shows warnings only when there are some', () => {
    expect(createdView(agentRow(), 'n', [])).not.toHaveProperty('warnings');
    expect(createdView(agentRow(), 'n', ['odd']).warnings).toEqual(['odd']);
  });
});
