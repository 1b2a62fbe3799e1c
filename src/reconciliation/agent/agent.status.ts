import type { AgentRecord, ObservedAgent } from '../../agents/agent-sync.service.js';
import type { AgentPhase } from '../../agents/agents.schemas.js';
import {
  carryTimes,
  type Condition,
  type ConditionState,
} from '../../platform/controller/conditions.js';

/** What a pass found out about an agent. */
export interface AgentFinding {
  phase: AgentPhase;
  ready: boolean;
  reason: string;
  message: string;
  /** Whether the node was seen to hold this revision; undefined when nothing was learnt. */
  nodeAck?: boolean;
  /** Whether a difference was repaired. */
  repaired?: boolean;
  /** A user must act. */
  stalled?: boolean;
  /** More is under way. */
  reconciling?: boolean;
  /** It works, but something beside it does not. */
  degraded?: string;
}

/** Turns a finding into the columns that differ from what is recorded; none is no write. */
export function observedChanges(
  agent: AgentRecord,
  finding: AgentFinding,
  now: string,
): Partial<ObservedAgent> {
  const before = JSON.parse(agent.conditions) as Condition[];
  const nodeAck = finding.nodeAck ?? agent.nodeAck;
  const observed: ObservedAgent = {
    observedGeneration: agent.generation,
    phase: finding.phase,
    ready: finding.ready,
    nodeAck,
    lastSyncedAt: syncedAt(agent, finding, now),
    conditions: JSON.stringify(carryTimes(before, conditionsOf(agent, finding), now)),
  };
  const keys = Object.keys(observed) as (keyof ObservedAgent)[];
  return Object.fromEntries(
    keys.filter((key) => observed[key] !== agent[key]).map((key) => [key, observed[key]]),
  );
}

/** Moves only when a difference was repaired, or the revision was confirmed for the first time. */
function syncedAt(agent: AgentRecord, finding: AgentFinding, now: string): string | null {
  const first = finding.nodeAck === true && !agent.nodeAck;
  return finding.repaired === true || first ? now : agent.lastSyncedAt;
}

function conditionsOf({ generation }: AgentRecord, finding: AgentFinding): ConditionState[] {
  const state = (type: string, status: 'True' | 'False', message = finding.message) => ({
    type,
    status,
    reason: finding.reason,
    message,
    observedGeneration: generation,
  });
  const list: ConditionState[] = [state('Ready', finding.ready ? 'True' : 'False')];
  if (finding.reconciling === true) list.push(state('Reconciling', 'True'));
  if (finding.stalled === true) list.push(state('Stalled', 'True'));
  if (finding.degraded !== undefined) {
    list.push({ ...state('Degraded', 'True', finding.degraded), reason: 'NeighbourBroken' });
  }
  return list;
}
