import { Injectable } from '@nestjs/common';
import { type AgentRecord, AgentSyncService } from '../../agents/agent-sync.service.js';
import { readAgentKey } from '../../agents/agents.events.js';
import { NodeError } from '../../nodes/node.errors.js';
import { Clock } from '../../platform/clock/clock.js';
import {
  again,
  DONE,
  type Pass,
  Reconciler,
  type Result,
} from '../../platform/controller/reconciler.js';
import { type TenantRecord, TenantSyncService } from '../../tenants/tenant-sync.service.js';
import { Doors } from '../doors/doors.js';
import { Drivers } from '../drivers/drivers.js';
import { NodeKnowledgeBase } from '../node-knowledge.js';
import { AgentNode, type AgentPlace, SpecAltered } from './agent-node.js';
import { type AgentFinding, observedChanges } from './agent.status.js';
import { doubted, planAgent } from './agent.plan.js';
import { missingFinding, ReferenceGate } from './reference-gate.js';

/** How long an agent waits before it looks again for another one that goes first. */
const TURN_MS = 50;
/** Tries before a node that falls over on a spec, or alters it, is believed. */
const TRIES = 3;
/** Until a resource that was asked to go is looked at again. */
const RELEASE_RETRY_MS = 500;

/** Makes one agent on its tenant's node what the record wants, and says how far that is. */
@Injectable()
export class AgentReconciler extends Reconciler {
  override readonly name = 'agent';

  constructor(
    private readonly agents: AgentSyncService,
    private readonly tenants: TenantSyncService,
    private readonly drivers: Drivers,
    private readonly knowledge: NodeKnowledgeBase,
    private readonly node: AgentNode,
    private readonly clock: Clock,
    private readonly doors: Doors,
    private readonly references: ReferenceGate,
  ) {
    super();
  }

  override async reconcile(key: string, pass: Pass): Promise<Result> {
    const agent = await this.agents.find(readAgentKey(key).id);
    const tenant = agent === null ? null : await this.tenants.find(agent.tenantId);
    // The agents of a tenant that is being deleted go with its node.
    if (agent === null || tenant === null || tenant.deletedAt !== null) return DONE;
    const place = await this.placeOf(tenant, pass.signal);
    if (agent.deletedAt !== null) return this.finalize(agent, tenant, place);
    if (place === undefined) return this.record(agent, awayFinding(tenant));
    return this.settle(agent, place, pass);
  }

  /** Converges an agent whose turn it is; others wait. */
  private async settle(agent: AgentRecord, place: AgentPlace, pass: Pass): Promise<Result> {
    const missing = await this.references.missing(agent);
    if (missing.length > 0) return this.hold(agent, place, missing);
    if (place.known.refused.get(agent.name) === agent.generation) return DONE;
    if (await this.mustWait(agent, place)) return again(TURN_MS);
    return this.converge(agent, place, pass);
  }

  private async converge(agent: AgentRecord, place: AgentPlace, pass: Pass): Promise<Result> {
    try {
      const held = await this.node.gather(agent, place);
      const isDoubtful = place.known.degraded.has(agent.name);
      const operations = planAgent(agent, isDoubtful ? doubted(held) : held);
      for (const operation of operations) await this.node.apply(operation, agent, place);
      place.known.degraded.delete(agent.name);
      await this.record(agent, runningFinding(agent, operations.length > 0));
      return again(this.node.nextComparisonMs(agent, place));
    } catch (error) {
      pass.signal.throwIfAborted();
      // What it rested on may be wrong: the next try asks the node.
      place.known.distrust(agent.name, this.clock.monotonicMs());
      return this.explain(agent, place, pass, error);
    }
  }

  /** Keeps an agent off the node that names one which is not there, after those that name it. */
  private async hold(
    agent: AgentRecord,
    place: AgentPlace,
    missing: readonly string[],
  ): Promise<Result> {
    await this.record(agent, missingFinding(missing, false));
    if (await this.references.isNamed(agent)) return again(TURN_MS);
    const held = await this.node.gather(agent, place);
    if (held !== undefined) await this.node.remove(agent.name, place);
    return this.record(agent, missingFinding(missing, true));
  }

  /**
   * Takes a deleted agent down. A suspended tenant has no node to take it off: its resource is let
   * go, and the tombstone stays until a node has confirmed, for one that kept its agents brings
   * them back.
   */
  private async finalize(
    agent: AgentRecord,
    { suspend }: TenantRecord,
    place: AgentPlace | undefined,
  ): Promise<Result> {
    if (place !== undefined) return this.bury(agent, place);
    if (!suspend || (await this.doors.releaseAgent(agent))) return DONE;
    return again(RELEASE_RETRY_MS);
  }

  /** Takes a deleted agent off the node, after those that name it, and forgets it. */
  private async bury(agent: AgentRecord, place: AgentPlace): Promise<Result> {
    if (await this.agents.namedByTombstone(agent)) return again(TURN_MS);
    const isLast = await this.references.isLast(agent);
    if (isLast && (await this.references.isNamed(agent))) return again(TURN_MS);
    await this.node.remove(agent.name, place);
    if (!(await this.doors.releaseAgent(agent))) return again(RELEASE_RETRY_MS);
    await this.agents.purge(agent);
    this.doors.agentObserved(agent);
    return DONE;
  }

  /** Whether another agent goes first: a tombstone of the same name, or one that this one names. */
  private async mustWait(agent: AgentRecord, { known }: AgentPlace): Promise<boolean> {
    const targets = this.agents.targetsOf(agent);
    const unknown = targets.filter((name) => !known.held.has(name) && !known.refused.has(name));
    if (unknown.length > 0 && (await this.agents.anyWaiting(agent.tenantId, unknown))) return true;
    if (agent.observedGeneration > 0) return false;
    return this.agents.waitsForTombstone(agent);
  }

  /** Sorts a failure: what a user must mend is said and waits; the rest is tried again. */
  private async explain(
    agent: AgentRecord,
    place: AgentPlace,
    { failures }: Pass,
    error: unknown,
  ): Promise<Result> {
    const reason = await this.refusalOf(agent, place, failures, error);
    if (reason === 'degraded') {
      const degraded = `Another agent's chain is broken: ${messageOf(error)}`;
      // It is said once; whether the neighbour was mended is looked at now and then.
      place.known.degraded.add(agent.name);
      const news = agent.observedGeneration !== agent.generation || !agent.nodeAck;
      await this.record(agent, { ...runningFinding(agent, news), degraded });
      return again(this.node.retryMs());
    }
    if (reason !== undefined) {
      place.known.refused.set(agent.name, agent.generation);
      return this.record(agent, refusedFinding(reason, messageOf(error)));
    }
    if (failures > 0) await this.record(agent, retryFinding(messageOf(error)));
    throw error;
  }

  /** Why trying again would not help; undefined when it may. */
  private async refusalOf(
    agent: AgentRecord,
    place: AgentPlace,
    failures: number,
    error: unknown,
  ): Promise<string | undefined> {
    const believed = failures + 1 >= TRIES;
    if (error instanceof SpecAltered) return believed ? 'SpecAltered' : undefined;
    if (!(error instanceof NodeError) || error.transient) return undefined;
    if (error.kind === 'rejected') return 'SpecRejected';
    if (error.kind === 'crashed') return believed ? 'NodeFailsOnSpec' : undefined;
    return this.missingReason(agent, place, believed);
  }

  /** A 404 of a deploy: somebody else's chain is broken, or the agent itself is not taken. */
  private async missingReason(
    agent: AgentRecord,
    place: AgentPlace,
    believed: boolean,
  ): Promise<string | undefined> {
    const status = await this.node.listedStatus(agent.name, place);
    if (status === 'deployed' && !agent.paused) return 'degraded';
    return status !== undefined && believed ? 'DeployRefused' : undefined;
  }

  private async placeOf(
    tenant: TenantRecord,
    signal: AbortSignal,
  ): Promise<AgentPlace | undefined> {
    if (tenant.suspend || !tenant.nodeReady) return undefined;
    const endpoint = await this.drivers.for(tenant).endpointOf(tenant);
    return endpoint && { endpoint, known: this.knowledge.of(tenant.id), signal };
  }

  private async record(agent: AgentRecord, finding: AgentFinding): Promise<Result> {
    const changes = observedChanges(agent, finding, this.clock.nowIso());
    if (Object.keys(changes).length === 0) return DONE;
    await this.agents.recordObserved(agent, changes);
    await this.references.passOn(agent, finding);
    this.doors.agentObserved(agent);
    return DONE;
  }
}

function runningFinding({ paused }: AgentRecord, repaired: boolean): AgentFinding {
  return {
    phase: paused ? 'Paused' : 'Running',
    ready: !paused,
    reason: paused ? 'Paused' : 'Deployed',
    message: paused ? 'The agent is paused.' : 'The node runs this revision.',
    nodeAck: true,
    repaired,
  };
}

function awayFinding({ suspend }: TenantRecord): AgentFinding {
  return suspend
    ? { phase: 'Stopped', ready: false, reason: 'Suspended', message: 'The tenant is suspended.' }
    : {
        phase: 'Pending',
        ready: false,
        reason: 'NodeNotReady',
        message: "The tenant's node is not ready.",
        reconciling: true,
      };
}

function retryFinding(message: string): AgentFinding {
  return {
    phase: 'Deploying',
    ready: false,
    reason: 'NodeFailed',
    message: `It is tried again: ${message}`,
    reconciling: true,
  };
}

function refusedFinding(reason: string, message: string): AgentFinding {
  return { phase: 'Failed', ready: false, reason, message, nodeAck: false, stalled: true };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
