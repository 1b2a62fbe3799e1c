import { describe, expect, it } from 'vitest';
import type { AgentCallEntity } from '../runs/agent-call.entity.js';
import { isOfFailuresAlone, isShown, lineOfCall, mergeLines } from './agent-logs.rules.js';

const call = (more: Partial<AgentCallEntity>): AgentCallEntity => ({
  id: 'call_1',
  tenantId: 't',
  agentId: 'a',
  agentName: 'bot',
  number: 1,
  origin: 'api',
  sessionId: null,
  traceId: null,
  startedAt: '2026-01-01T00:00:00.000Z',
  durationMs: 1500,
  outcome: 'completed',
  error: null,
  model: 'm',
  tokensIn: 1,
  tokensOut: 2,
  costMicros: 0,
  tools: '[]',
  ...more,
});

describe('log lines', () => {
  it('tell how a run ended, at the time it did', () => {
    const lines = [
      call({}),
      call({ outcome: 'failed', error: 'no model' }),
      call({ outcome: 'cancelled' }),
    ].map(lineOfCall);
    expect(lines).toEqual([
      {
        timestamp: '2026-01-01T00:00:01.500Z',
        level: 'info',
        message: 'Run completed in 1500 ms by m, 1 tokens in, 2 out',
      },
      {
        timestamp: '2026-01-01T00:00:01.500Z',
        level: 'error',
        message: 'Run failed after 1500 ms: no model',
      },
      {
        timestamp: '2026-01-01T00:00:01.500Z',
        level: 'info',
        message: 'Run cancelled after 1500 ms',
      },
    ]);
  });

  const at = (second: number, level: 'info' | 'error' = 'info') => ({
    timestamp: `2026-01-01T00:00:0${second}.000Z`,
    level,
    message: `${second}`,
  });

  it('of runs that went well are below a warning', () => {
    const levels = [undefined, 'debug', 'info', 'warning', 'error'] as const;
    expect(levels.map(isOfFailuresAlone)).toEqual([false, false, false, true, true]);
  });

  it('are put in order, and the newest are kept', () => {
    const merged = mergeLines([at(3), at(1), at(2, 'error'), at(0)], {
      from: at(1).timestamp,
      level: undefined,
      limit: 2,
    });
    expect(merged.map(({ message }) => message)).toEqual(['2', '3']);
  });

  it('are left out below the level', () => {
    const filter = { from: at(0).timestamp, level: 'warning' as const, limit: 10 };
    expect(mergeLines([at(1), at(2, 'error')], filter)).toEqual([at(2, 'error')]);
    expect(isShown(at(2, 'error'), { ...filter, from: at(3).timestamp })).toBe(false);
  });
});
