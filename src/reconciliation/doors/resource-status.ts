import type { AgentRecord } from '../../agents/agent-sync.service.js';
import { canonicalJson } from '../../platform/json/canonical-json.js';
import { type Condition, findCondition } from '../../platform/controller/conditions.js';
import type { TenantRecord } from '../../tenants/tenant-sync.service.js';
import type { NexusAgentStatus } from '../resources/nexus-agent.schemas.js';
import type { NexusTenantStatus } from '../resources/nexus-tenant.schemas.js';
import type { Kept } from './kept-resource.js';
import type { NexusAgent } from '../resources/nexus-agent.schemas.js';
import type { NexusTenant } from '../resources/nexus-tenant.schemas.js';

/** What a door has to say beside what was observed. */
export interface DoorNotice {
  readonly reason: string;
  readonly message: string;
  /** Whether it is about the spec, so that the tenant or agent is not what is wanted. */
  readonly isUnready: boolean;
  /** A user must act (`Stalled`); otherwise it goes on by itself (`Reconciling`). */
  readonly isStalled: boolean;
  /** Whether somebody keeps rewriting the spec. */
  readonly isContested?: boolean;
}

interface Observed {
  readonly generation: number;
  readonly observedGeneration: number;
  /** JSON array of conditions. */
  readonly conditions: string;
}

/** Of an agent that the record does not have. */
const UNSEEN = { phase: 'Pending', nodeAck: false, lastSyncedAt: null };

type Resource = Kept<NexusTenant> | Kept<NexusAgent>;

/**
 * Whether there is something to say: what was observed is about the wish as it stands, or a door has
 * a notice. Until then the status stays behind the resource's generation, which tells those who wait
 * that it is under way.
 */
export function isTellable(row: Observed | null, notice: DoorNotice | undefined): boolean {
  if (notice !== undefined) return true;
  return row !== null && row.observedGeneration === row.generation;
}

/** The status of a tenant's resource. Times stay while nothing flips. */
export function tenantStatus(
  live: Kept<NexusTenant>,
  tenant: TenantRecord | null,
  agentCount: number,
  notice: DoorNotice | undefined,
  now: string,
): NexusTenantStatus {
  const phase = (tenant?.phase ?? 'Error') as NexusTenantStatus['phase'];
  return withoutBlanks({
    phase,
    namespace: tenant?.crName ?? live.metadata.name,
    nodeEndpoint: tenant?.nodeEndpoint ?? undefined,
    agentCount,
    observedGeneration: live.metadata.generation ?? 0,
    conditions: conditionsOf(live, tenant, notice, now),
  });
}

/** The status of an agent's resource. */
export function agentStatus(
  live: Kept<NexusAgent>,
  agent: AgentRecord | null,
  notice: DoorNotice | undefined,
  now: string,
): NexusAgentStatus {
  const { phase, nodeAck, lastSyncedAt } = agent ?? UNSEEN;
  const isRefused = notice?.isUnready === true;
  return withoutBlanks({
    phase: isRefused ? 'Failed' : (phase as NexusAgentStatus['phase']),
    nodeAck: isRefused ? false : nodeAck,
    lastSyncedAt: lastSyncedAt ?? undefined,
    observedGeneration: live.metadata.generation ?? 0,
    conditions: conditionsOf(live, agent, notice, now),
  });
}

/**
 * Whether a status is not the one that is there. While somebody keeps rewriting the spec, another
 * generation alone is no news: it would be one write of ours for each of theirs.
 */
export function isNews(live: Resource, status: object, notice?: DoorNotice): boolean {
  const read = notice?.isContested === true ? withoutGenerations : canonicalJson;
  return read(live.status ?? {}) !== read(status);
}

function withoutGenerations(status: object): string {
  const text = JSON.stringify(status, (key, value: unknown) =>
    key === 'observedGeneration' ? undefined : value,
  );
  return canonicalJson(JSON.parse(text));
}

function conditionsOf(
  live: Resource,
  row: Observed | null,
  notice: DoorNotice | undefined,
  now: string,
): Condition[] {
  const observedGeneration = live.metadata.generation ?? 0;
  const recorded = row === null ? [] : (JSON.parse(row.conditions) as Condition[]);
  const said = notice === undefined ? [] : noticed(notice, now);
  const types = new Set(said.map(({ type }) => type));
  if (notice?.isStalled === true) types.add('Reconciling');
  const all = [...recorded.filter(({ type }) => !types.has(type)), ...said];
  const before = live.status?.conditions ?? [];
  return all
    .map((condition) => ({
      ...condition,
      lastTransitionTime: timeOf(before, condition),
      observedGeneration,
    }))
    .toSorted((a, b) => a.type.localeCompare(b.type));
}

function noticed({ reason, message, isUnready, isStalled }: DoorNotice, now: string): Condition[] {
  const said = { reason, message, lastTransitionTime: now, observedGeneration: 0 };
  const type = isStalled ? 'Stalled' : 'Reconciling';
  return [
    ...(isUnready ? [{ ...said, type: 'Ready', status: 'False' as const }] : []),
    { ...said, type, status: 'True' as const },
  ];
}

/** The resource may be older than the row: its times are kept. */
function timeOf(before: readonly Condition[], { type, status, lastTransitionTime }: Condition) {
  const former = findCondition(before, type);
  return former?.status === status ? former.lastTransitionTime : lastTransitionTime;
}

function withoutBlanks<T extends object>(status: T): T {
  return Object.fromEntries(Object.entries(status).filter(([, value]) => value !== undefined)) as T;
}
