import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AgentCallEntity } from '../../src/agents/runs/agent-call.entity.js';
import { NO_FACTS } from '../../src/agents/runs/agent-call.rules.js';
import { AgentCallsRepository } from '../../src/agents/runs/agent-calls.repository.js';
import type { TracedRun } from '../../src/agents/insight/agent-trace.rules.js';
import { AgentTracesService } from '../../src/agents/insight/agent-traces.service.js';
import type { AgentEntity } from '../../src/agents/agent.entity.js';
import { RunRecorder } from '../../src/agents/runs/run-recorder.service.js';
import { TraceCoverageRepository } from '../../src/agents/insight/trace-coverage.repository.js';
import { SystemClock } from '../../src/platform/clock/system-clock.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { rowOf, seed } from '../support/reconciler.js';
import { RETENTION } from '../support/retention.js';
import { agentRow } from '../support/rows.js';
import { silentLogger } from '../support/silent-logger.js';

const TENANT = { id: 't_1', crName: 'tenant-1' };

// A run through us has a record and a trace; whichever comes first, they are one.
describe('the record and the trace of a run', () => {
  let test: TestDatabase;
  let recorder: RunRecorder;
  let traces: AgentTracesService;
  let bot: AgentEntity;
  beforeEach(async () => {
    test = await openTestDatabase();
    const { units, reader } = test.database;
    const calls = new AgentCallsRepository();
    const clock = new SystemClock();
    recorder = new RunRecorder(calls, units, clock, silentLogger());
    traces = new AgentTracesService(
      calls,
      new TraceCoverageRepository(),
      units,
      reader,
      clock,
      RETENTION,
    );
    bot = agentRow({ id: 'agt_bot', name: 'bot' });
    await seed(test, [bot]);
  });
  afterEach(() => test.close());

  const rows = (): Promise<AgentCallEntity[]> =>
    test.database.reader.manager.find(AgentCallEntity, { order: { number: 'ASC' } });
  const traced = (more: Partial<TracedRun> = {}): TracedRun => ({
    ...NO_FACTS,
    traceId: 'trace-1',
    agent: 'bot',
    sessionId: null,
    startedAt: new Date().toISOString(),
    endedAt: new Date().toISOString(),
    durationMs: 5,
    outcome: 'completed',
    error: null,
    model: 'm',
    tokensIn: 7,
    tokensOut: 5,
    costMicros: 3,
    ...more,
  });
  const take = (...runs: TracedRun[]): Promise<void> =>
    traces.take(TENANT.id, [bot], {
      runs,
      full: false,
      previous: undefined,
      nodeStartedAt: '2026-01-01T00:00:00.000Z',
    });
  const known = { ...NO_FACTS, traceId: 'trace-1', tokensIn: 7, tokensOut: 5 };

  it('are one when the record comes first and knows its trace', async () => {
    await recorder.begin(TENANT, bot, undefined).end({ outcome: 'completed', facts: known });
    await take(traced());
    expect(await rows()).toMatchObject([{ origin: 'api', traceId: 'trace-1', number: 1 }]);
  });

  it('are one when the trace comes first, at the place that a reader has seen', async () => {
    const run = recorder.begin(TENANT, bot, 'default');
    await take(traced());
    expect(await rows()).toMatchObject([{ origin: 'node', number: 1 }]);
    await run.end({ outcome: 'completed', facts: known });
    expect(await rows()).toMatchObject([{ origin: 'api', traceId: 'trace-1', number: 1 }]);
  });

  it.each(['failed', 'cancelled'] as const)(
    'are one when a %s run does not know its trace, whichever comes first',
    async (outcome) => {
      await recorder.begin(TENANT, bot, 's').end({ outcome });
      await take(traced({ sessionId: 's' }));
      const second = recorder.begin(TENANT, bot, 's');
      await take(traced({ sessionId: 's', traceId: 'trace-2' }));
      await second.end({ outcome });
      expect(await rows()).toMatchObject([
        { origin: 'api', outcome, traceId: 'trace-1', tokensIn: 7, costMicros: 3 },
        { origin: 'api', outcome, traceId: 'trace-2', tokensIn: 7, costMicros: 3 },
      ]);
    },
  );

  it('are one when they come at the same moment', async () => {
    for (let turn = 0; turn < 10; turn++) {
      const run = recorder.begin(TENANT, bot, `s${turn}`);
      const trace = traced({ sessionId: `s${turn}`, traceId: `trace-${turn}` });
      await Promise.all([take(trace), run.end({ outcome: 'failed' }), take(trace)]);
    }
    const all = await rows();
    expect(all.map(({ origin }) => origin)).toEqual(Array.from({ length: 10 }, () => 'api'));
    expect(new Set(all.map(({ traceId }) => traceId)).size).toBe(10);
    expect(new Set(all.map(({ number }) => number)).size).toBe(10);
  });

  it('are two when they are of two runs', async () => {
    await recorder.begin(TENANT, bot, 's').end({ outcome: 'failed' });
    const hourAgo = new Date(Date.now() - 3_600_000).toISOString();
    await take(
      traced({ traceId: 'other session' }),
      traced({ traceId: 'other time', sessionId: 's', startedAt: hourAgo }),
    );
    expect(await rows()).toHaveLength(3);
  });

  it('are ours for agents of ours alone, from their creation on, and are written once', async () => {
    const before = new Date(Date.parse(bot.createdAt) - 1_000).toISOString();
    await take(
      traced(),
      traced({ traceId: 'foreign', agent: 'stranger' }),
      traced({ traceId: 'earlier', startedAt: before }),
    );
    expect((await rows()).map(({ traceId }) => traceId)).toEqual(['trace-1']);
    const counted = (await rowOf(test, bot.id))?.recordedCalls;
    await take(traced());
    expect((await rowOf(test, bot.id))?.recordedCalls).toBe(counted);
    expect(await new TraceCoverageRepository().find(test.database.reader, TENANT.id)).toBe(
      '2026-01-01T00:00:00.000Z',
    );
  });

  it('take whatever a node says', async () => {
    await take(traced({ model: 'x\0y', error: 'a\0b', outcome: 'failed' }));
    const facts = { ...known, traceId: 'trace-2', model: 'x\0y' };
    await recorder.begin(TENANT, bot, undefined).end({ outcome: 'completed', facts });
    expect((await rows()).map(({ model }) => model)).toEqual(['xy', 'xy']);
  });
});
