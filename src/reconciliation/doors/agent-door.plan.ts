import type { AgentRecord } from '../../agents/agent-sync.service.js';
import type { KubernetesObject } from '../../platform/kubernetes/kubernetes-object.js';
import type { TenantRecord } from '../../tenants/tenant-sync.service.js';
import { AGENT_FINALIZER, INSTALL_LABEL } from '../resources/resource-names.js';
import { isDeleting } from './kept-resource.js';

/** What there is to do about an agent and its resource. */
export type AgentScene =
  | 'nothing'
  /** The resource is missing: it is made, or made again. */
  | 'make'
  /** It goes with its tenant or its namespace, or nobody knows it: it is let go. */
  | 'release'
  /** Somebody wants an agent, or wants it otherwise. */
  | 'take'
  /** Somebody has deleted it. */
  | 'deletion';

/** What a decision rests on. */
export interface AgentFacts {
  /** Whose namespace it is in; null when it is none of a tenant of ours. */
  readonly tenant: Pick<TenantRecord, 'deletedAt'> | null;
  /** Whether the tenant's namespace is there and stays. */
  readonly hasNamespace: boolean;
  /** The live row of that name. */
  readonly row: Pick<AgentRecord, 'id'> | null;
  readonly live: KubernetesObject | undefined;
  readonly installId: string;
}

interface Case {
  readonly when: (facts: AgentFacts) => boolean;
  readonly scene: AgentScene;
}

/** The first that holds decides. */
const CASES: readonly Case[] = [
  { when: ({ tenant, live }) => tenant === null && live === undefined, scene: 'nothing' },
  // Of another install, perhaps: only what we held is let go.
  { when: (facts) => facts.tenant === null && !isHeldByUs(facts), scene: 'nothing' },
  { when: ({ tenant, live }) => tenant === null && isGoing(live), scene: 'release' },
  { when: ({ tenant }) => tenant === null, scene: 'nothing' },
  { when: ({ tenant, live }) => isTombstone(tenant) && isGoing(live), scene: 'release' },
  { when: ({ tenant }) => isTombstone(tenant), scene: 'nothing' },
  { when: ({ live, row }) => live === undefined && row === null, scene: 'nothing' },
  { when: ({ live, hasNamespace }) => live === undefined && hasNamespace, scene: 'make' },
  // Nothing can be made in it; the namespace wakes it when it is there.
  { when: ({ live }) => live === undefined, scene: 'nothing' },
  { when: ({ live }) => isGoing(live), scene: 'deletion' },
  { when: () => true, scene: 'take' },
];

/** Decides what there is to do. Pure. */
export function planAgentDoor(facts: AgentFacts): AgentScene {
  return CASES.find(({ when }) => when(facts))?.scene ?? 'nothing';
}

function isTombstone(tenant: AgentFacts['tenant']): boolean {
  return tenant !== null && tenant.deletedAt !== null;
}

function isGoing(live: KubernetesObject | undefined): boolean {
  return live !== undefined && isDeleting(live);
}

function isHeldByUs({ live, installId }: AgentFacts): boolean {
  const { labels = {}, finalizers = [] } = live?.metadata ?? {};
  return labels[INSTALL_LABEL] === installId && finalizers.includes(AGENT_FINALIZER);
}
