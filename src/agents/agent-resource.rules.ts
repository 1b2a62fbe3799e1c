import { AppError, type Issue } from '../platform/errors/app-error.js';
import { canonicalJson } from '../platform/json/canonical-json.js';
import { isJsonObject } from '../platform/json/json-object.js';
import { type AgentDraft, draftAgent } from './agent-draft.js';
import { parseAgentSpec } from './spec/agent-spec.parser.js';
import type { AgentEntity } from './agent.entity.js';
import { specInvalid } from './agents.errors.js';

/** An agent's resource as the cluster has it; whoever speaks to the cluster reads it. */
export interface AgentResource {
  /** `t_…` of the tenant in whose namespace it is. */
  tenantId: string;
  name: string;
  uid: string;
  /** What its annotation says; `cluster` without one. */
  origin: 'api' | 'cluster';
  /** Who manages its spec. */
  fieldManager: string;
  /** `spec.agentSpec`, anything at all. */
  agentSpec: unknown;
  paused: boolean;
}

/** Why a spec is not taken from the cluster: the reason of a condition, and words for people. */
export interface SpecRefusal {
  reason: 'InlineSecret' | 'InvalidSpec' | 'ReferenceCycle' | 'ChainTooDeep';
  message: string;
}

/** What the record says of a resource. */
export type AgentStanding = 'new' | 'live' | 'tombstone';

/**
 * Which row a resource belongs to. A deleted agent's resource may still be there: it is not taken
 * for a new agent, also when there is one of that name by now.
 *
 * @param rows every row of the name, tombstones included
 */
export function standingOf(
  { uid, origin }: Pick<AgentResource, 'uid' | 'origin'>,
  rows: readonly AgentEntity[],
): { standing: AgentStanding; row: AgentEntity | null } {
  const live = rows.find(({ deletedAt }) => deletedAt === null) ?? null;
  const buried = rows.filter(({ deletedAt }) => deletedAt !== null);
  const sameObject = rows.find(({ resourceUid }) => resourceUid === uid);
  // Made by us for a row that was deleted before the resource was noted.
  const unseen = origin === 'api' ? buried.find((row) => row.resourceUid === null) : undefined;
  const row = sameObject ?? (live?.resourceUid ? live : (unseen ?? live));
  if (row === null) return { standing: 'new', row };
  return { standing: row.deletedAt === null ? 'live' : 'tombstone', row };
}

/** Whether the row follows the resource, rather than the other way round. */
export function follows(
  row: Pick<AgentEntity, 'origin'>,
  { origin }: Pick<AgentResource, 'origin'>,
): boolean {
  // While the annotation says `api` the hand-over was not applied yet.
  return row.origin === 'cluster' && origin === 'cluster';
}

/** Whether a row holds what a resource says. */
export function isSame(
  row: AgentEntity,
  { agentSpec, paused, uid, fieldManager }: AgentResource,
): boolean {
  if (row.resourceUid !== uid || row.fieldManager !== fieldManager) return false;
  return row.paused === paused && isJsonObject(agentSpec) && row.spec === canonicalJson(agentSpec);
}

/** Reads a resource's spec by the rules of the API, and finds why it is not taken. */
export function draftOf({ name, agentSpec }: AgentResource): AgentDraft | SpecRefusal {
  try {
    const text = JSON.stringify(agentSpec) ?? 'null';
    const draft = draftAgent(parseAgentSpec(Buffer.from(text), 'json'));
    if (draft.name === name) return draft;
    const message = `is "${draft.name}", but the resource is called "${name}"`;
    throw specInvalid([{ path: 'metadata.name', message }]);
  } catch (error) {
    if (error instanceof AppError) return refusalOf(error);
    throw error;
  }
}

/** Whether a draft was refused. */
export function isRefusal(draft: AgentDraft | SpecRefusal): draft is SpecRefusal {
  return 'reason' in draft;
}

function refusalOf({ message, issues }: AppError): SpecRefusal {
  const secret = issues.find(({ path }) => /(^|\.)api_key$/.test(path));
  if (secret !== undefined) return { reason: 'InlineSecret', message: words(secret) };
  return { reason: 'InvalidSpec', message };
}

/** An issue as one sentence. */
export function words({ path, message }: Issue): string {
  return `${path} ${message}.`.trim();
}
