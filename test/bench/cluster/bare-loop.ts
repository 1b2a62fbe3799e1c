/**
 * The yardsticks: what a tenant is made of and what is written of an agent, applied by a plain
 * client and nothing more, on a control plane of its own. Pods stay pending.
 */
import type { AppliedObject } from '../../../src/reconciliation/resources/applied-object.js';
import { tenantObjects } from '../../../src/reconciliation/drivers/kubernetes/objects/tenant-objects.js';
import { agentResource } from '../../../src/reconciliation/resources/agent-resource.js';
import { API_VERSION, POLICY_NAMES } from '../../../src/reconciliation/resources/resource-names.js';
import type { ApiClient } from '../../cluster/api-client.js';
import { ControlPlane } from '../../cluster/control-plane.js';
import type { KubeObject } from '../../cluster/kube-objects.types.js';
import { Mirror } from '../../cluster/mirror.js';
import { applyDefinitions } from '../../cluster/resources/definitions.js';
import { clusterSettings, tenantWish } from '../../support/tenant-wish.js';
import { atOnce, spec } from '../caller.js';
import { AGENTS_AT_ONCE, TENANTS_AT_ONCE, untilCounted } from './world.js';

const REPLICA_SETS = '/apis/apps/v1/replicasets';
const AGENTS = `/apis/${API_VERSION}/nexusagents`;

interface ReplicaSet extends KubeObject {
  status?: { replicas?: number };
}

interface Agent extends KubeObject {
  status?: object;
}

/** How many a second a plain client gets done. */
export interface BareRates {
  /** Until the ReplicaSet of each counts its pod. */
  tenants: number;
  /** Made and told of in their status, in those tenants; a watch sees both. */
  agents: number;
}

export async function bareLoop(tenants: number, agents: number): Promise<BareRates> {
  const plane = await ControlPlane.start();
  try {
    await applyDefinitions(plane.admin);
    await untilCounted(plane.admin, 'default');
    return {
      tenants: await rateOf(tenants, () => bareTenants(plane.admin, tenants)),
      agents: await rateOf(agents, () => bareAgents(plane.admin, agents, tenants)),
    };
  } finally {
    await plane.stop();
  }
}

async function rateOf(amount: number, work: () => Promise<void>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return (amount * 1000) / (performance.now() - startedMs);
}

async function bareTenants(api: ApiClient, tenants: number): Promise<void> {
  const counted = new Awaited();
  const mirror = new Mirror<ReplicaSet>(api, REPLICA_SETS, ({ metadata, status }) => {
    if ((status?.replicas ?? 0) > 0) counted.see(metadata.namespace ?? '');
  });
  await mirror.ready;
  await atOnce(TENANTS_AT_ONCE, tenants, async (n) => {
    for (const object of sevenObjects(nameOf(n))) await api.apply(object);
    await counted.of(nameOf(n));
  });
  await mirror.stop();
}

async function bareAgents(api: ApiClient, agents: number, tenants: number): Promise<void> {
  const told = new Awaited();
  const mirror = new Mirror<Agent>(api, AGENTS, ({ metadata, status }) => {
    if (status !== undefined) told.see(metadata.name);
  });
  await mirror.ready;
  await atOnce(AGENTS_AT_ONCE, agents, async (n) => {
    const name = `bare-${n}`;
    const place = { namespace: nameOf(n % tenants), labels: {} };
    const agent = { tenantId: '', name, spec: spec(name), paused: false };
    await api.apply(agentResource(agent, place) as unknown as AppliedObject);
    await api.patch(statusPath(place.namespace, name), statusOf(name), 'apply');
    await told.of(name);
  });
  await mirror.stop();
}

function nameOf(tenant: number): string {
  return `bare-${tenant}`;
}

function statusPath(namespace: string, name: string): string {
  const collection = `/apis/${API_VERSION}/namespaces/${namespace}/nexusagents`;
  return `${collection}/${name}/status?fieldManager=tests&force=true`;
}

function statusOf(name: string): object {
  const lastTransitionTime = new Date().toISOString();
  const [status, reason] = ['True', 'Deployed'];
  const message = 'The node runs this revision.';
  const observedGeneration = 1;
  const told = { status, reason, message, lastTransitionTime, observedGeneration };
  return {
    apiVersion: API_VERSION,
    kind: 'NexusAgent',
    metadata: { name },
    status: {
      phase: 'Running',
      nodeAck: true,
      observedGeneration,
      conditions: [{ type: 'Ready', ...told }],
    },
  };
}

/** One of each kind: of the network policies the first alone. */
function sevenObjects(crName: string): AppliedObject[] {
  const settings = clusterSettings();
  const all = tenantObjects(tenantWish({ crName }), settings);
  const isKept = ({ kind, metadata: { name } }: AppliedObject): boolean =>
    kind !== 'NetworkPolicy' || name === POLICY_NAMES.deny;
  return all.filter(isKept);
}

/** What has come to be, by its name, and who waits for it. */
class Awaited {
  private readonly there = new Set<string>();
  private readonly waiting = new Map<string, () => void>();

  see(name: string): void {
    this.there.add(name);
    this.waiting.get(name)?.();
  }

  of(name: string): Promise<void> {
    if (this.there.has(name)) return Promise.resolve();
    return new Promise((resolve) => this.waiting.set(name, resolve));
  }
}
