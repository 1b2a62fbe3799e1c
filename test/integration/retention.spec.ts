import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AgentCallEntity } from '../../src/agents/runs/agent-call.entity.js';
import { AgentRetentionRepository } from '../../src/agents/upkeep/agent-retention.repository.js';
import { AgentRetention } from '../../src/agents/upkeep/agent-retention.service.js';
import { AgentVersionEntity } from '../../src/agents/agent-version.entity.js';
import { AgentEntity } from '../../src/agents/agent.entity.js';
import { AuditEntryEntity } from '../../src/audit/audit-entry.entity.js';
import { AuditRetentionRepository } from '../../src/audit/audit-retention.repository.js';
import { AuditRetention } from '../../src/audit/audit-retention.service.js';
import { ApiKeyEntity } from '../../src/auth/api-key.entity.js';
import { RefreshTokenEntity } from '../../src/auth/refresh-token.entity.js';
import { SessionRetentionRepository } from '../../src/auth/session-retention.repository.js';
import { SessionRetention } from '../../src/auth/session-retention.service.js';
import { SessionEntity } from '../../src/auth/session.entity.js';
import { FolderLease } from '../../src/platform/database/lease.js';
import { UnitObserver } from '../../src/platform/database/unit-observer.js';
import { Retention } from '../../src/platform/retention/retention.js';
import { RetentionSchedule } from '../../src/platform/retention/retention-schedule.js';
import { TenantEntity } from '../../src/tenants/tenant.entity.js';
import { UserEntity } from '../../src/users/user.entity.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { RETENTION } from '../support/retention.js';
import { ManualClock } from '../support/manual-clock.js';
import { agentRow, tenantRow, userRow } from '../support/rows.js';
import { silentLogger } from '../support/silent-logger.js';
import { until } from '../support/until.js';

const HOUR_MS = 60 * 60_000;
const NOW = new Date('2026-06-01T00:00:00.000Z');

/** The time so many days before the tests begin. */
function daysAgo(days: number): string {
  return new Date(NOW.getTime() - days * 24 * HOUR_MS).toISOString();
}

/** Counts units of work. */
class Counting extends UnitObserver {
  units = 0;

  override ended(): void {
    this.units++;
  }
}

describe('retention', () => {
  let test: TestDatabase;
  let clock: ManualClock;
  let lease: FolderLease;
  let counting: Counting;
  let schedule: RetentionSchedule;
  beforeEach(async () => {
    counting = new Counting();
    test = await openTestDatabase(counting);
    clock = new ManualClock(NOW);
    lease = new FolderLease();
    const { units, reader } = test.database;
    const retention = new Retention(units);
    for (const feature of [
      new AuditRetention(retention, new AuditRetentionRepository(), reader, RETENTION),
      new AgentRetention(retention, new AgentRetentionRepository(), reader, RETENTION),
      new SessionRetention(retention, new SessionRetentionRepository(), reader, RETENTION),
    ]) {
      feature.onModuleInit();
    }
    schedule = new RetentionSchedule(retention, lease, clock, silentLogger());
    schedule.onApplicationBootstrap();
  });
  afterEach(async () => {
    await schedule.beforeApplicationShutdown();
    await test.close();
  });

  const insert = async (kind: Function, rows: object[]): Promise<void> => {
    await test.database.units.run((tx) => tx.manager.insert(kind as never, rows as never));
  };
  const count = (kind: Function): Promise<number> => test.database.reader.manager.count(kind);
  const kept = async <T extends object>(kind: new () => T, key: keyof T): Promise<string[]> => {
    const rows = await test.database.reader.manager.find(kind);
    return rows.map((row) => String(row[key])).sort();
  };

  /** Lets so much time go by, in steps that leave the database time to work. */
  const pass = async (ms: number, stepMs = ms / 20): Promise<void> => {
    for (let gone = 0; gone < ms; gone += stepMs) {
      await clock.advance(stepMs);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  it('removes what is past its time, and nothing else', async () => {
    await insert(AuditEntryEntity, [entry(401), entry(399), entry(0)]);
    await insert(TenantEntity, [tenantRow()]);
    await insert(AgentEntity, [
      agentRow({ revision: 60 }),
      agentRow({ id: 'agt_2', name: 'young', revision: 3 }),
    ]);
    await insert(AgentVersionEntity, [...versions('agt_1', 60), ...versions('agt_2', 3)]);
    await insert(AgentCallEntity, [run('old', 9), run('young', 7)]);
    await insert(UserEntity, [userRow('usr_1')]);
    await insert(SessionEntity, [
      session('live', { expiresAt: daysAgo(-1) }),
      session('ended', { expiresAt: daysAgo(-1), endedAt: daysAgo(31) }),
      session('just-ended', { expiresAt: daysAgo(-1), endedAt: daysAgo(29) }),
      session('expired', { expiresAt: daysAgo(31) }),
      session('just-expired', { expiresAt: daysAgo(29) }),
    ]);
    await insert(RefreshTokenEntity, [
      token('live', 'unused', null),
      token('live', 'used', daysAgo(29)),
      token('live', 'used-long-ago', daysAgo(31)),
      token('ended', 'e1', null),
      token('just-ended', 'e2', null),
      token('expired', 'x1', null),
      token('just-expired', 'x2', null),
    ]);
    await insert(ApiKeyEntity, [
      apiKey('good', {}),
      apiKey('revoked', { revokedAt: daysAgo(31) }),
      apiKey('just-revoked', { revokedAt: daysAgo(29) }),
      apiKey('expired', { expiresAt: daysAgo(31) }),
      apiKey('just-expired', { expiresAt: daysAgo(29) }),
    ]);
    await pass(60_000);
    await until('the last kind is done', async () => (await count(ApiKeyEntity)) === 3);
    expect(await kept(AuditEntryEntity, 'at')).toEqual([daysAgo(399), daysAgo(0)]);
    expect(await count(AgentVersionEntity)).toBe(53);
    const revisions = (await kept(AgentVersionEntity, 'revision')).map(Number);
    expect(Math.max(...revisions)).toBe(60);
    expect(revisions.filter((revision) => revision <= 10)).toHaveLength(3);
    expect(await kept(AgentCallEntity, 'id')).toEqual(['young']);
    expect(await kept(SessionEntity, 'id')).toEqual(['just-ended', 'just-expired', 'live']);
    expect(await kept(RefreshTokenEntity, 'hash')).toEqual(['e2', 'unused', 'used', 'x2']);
    expect(await kept(ApiKeyEntity, 'hash')).toEqual(['good', 'just-expired', 'just-revoked']);
  });

  it('removes in small units, with pauses between', async () => {
    for (const batch of [0, 1, 2]) {
      const rows = Array.from({ length: 400 }, () => entry(500 + batch));
      await insert(AuditEntryEntity, rows);
    }
    const before = counting.units;
    await pass(60_000, 60_000);
    await until('some are gone', async () => (await count(AuditEntryEntity)) < 1200);
    expect(await count(AuditEntryEntity)).toBe(700);
    expect(counting.units - before).toBe(1);
    await until('all are gone', async () => {
      await clock.advance(100);
      return (await count(AuditEntryEntity)) === 0;
    });
    expect(counting.units - before).toBe(3);
  });

  it('writes nothing when there is nothing to remove', async () => {
    await insert(AuditEntryEntity, [entry(1)]);
    const before = counting.units;
    await pass(4 * HOUR_MS, HOUR_MS / 4);
    expect(counting.units).toBe(before);
  });

  it('looks again every hour', async () => {
    await insert(AuditEntryEntity, [entry(399.99)]);
    await pass(120_000);
    expect(await count(AuditEntryEntity)).toBe(1);
    await pass(HOUR_MS);
    await until('it is gone', async () => (await count(AuditEntryEntity)) === 0);
    expect(clock.timers).toBe(1);
  });

  it('leaves everything to the holder of the lease', async () => {
    await lease.stop();
    await insert(AuditEntryEntity, [entry(500)]);
    await pass(2 * HOUR_MS);
    expect(await count(AuditEntryEntity)).toBe(1);
  });
});

function entry(days: number): object {
  return {
    at: daysAgo(days),
    actorKind: 'user',
    actorId: 'usr_1',
    actorLabel: 'a@example.com',
    action: 'thing.done',
    tenantId: null,
    target: 'x',
    outcome: 'done',
    requestId: null,
    detail: '{}',
  };
}

function versions(agentId: string, many: number): AgentVersionEntity[] {
  return Array.from({ length: many }, (_, index) => ({
    agentId,
    revision: index + 1,
    spec: '{}',
    version: null,
    createdBy: 'usr_1',
    createdAt: daysAgo(1),
  }));
}

function run(id: string, days: number): AgentCallEntity {
  return {
    id,
    tenantId: 't_1',
    agentId: 'agt_1',
    agentName: 'bot',
    number: 1,
    origin: 'api',
    sessionId: null,
    traceId: null,
    startedAt: daysAgo(days),
    durationMs: 1,
    outcome: 'completed',
    error: null,
    model: null,
    tokensIn: 0,
    tokensOut: 0,
    costMicros: 0,
    tools: '[]',
  };
}

function session(id: string, more: Partial<SessionEntity>): object {
  const at = daysAgo(60);
  return { id, userId: 'usr_1', createdAt: at, lastUsedAt: at, endedAt: null, ...more };
}

function token(sessionId: string, hash: string, usedAt: string | null): RefreshTokenEntity {
  return { hash, sessionId, createdAt: daysAgo(60), usedAt };
}

function apiKey(hash: string, more: Partial<ApiKeyEntity>): ApiKeyEntity {
  return {
    hash,
    prefix: 'nxk_',
    tenantId: null,
    scopes: '[]',
    label: hash,
    createdBy: 'usr_1',
    createdAt: daysAgo(60),
    expiresAt: null,
    lastUsedAt: null,
    revokedAt: null,
    ...more,
  };
}
