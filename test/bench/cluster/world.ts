/** A server beside a control plane of its own, and the nodes of its tenants. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type Account, makeAccount } from '../../cluster/account.js';
import type { ApiClient } from '../../cluster/api-client.js';
import { type AuditEntry, AuditLog, type Moment } from '../../cluster/audit-log.js';
import { ControlPlane } from '../../cluster/control-plane.js';
import { permit } from '../../cluster/provisioning/permissions.js';
import { applyDefinitions } from '../../cluster/resources/definitions.js';
import { Caller, until } from '../caller.js';
import { exitOf, program } from '../child.js';
import { type Backing, Product } from '../product.js';

export const NAMESPACE = 'nexus-system';
const ACCOUNT = 'nexus-server';
const COUNTED = 'count/nexusagents.nexus.astromesh.io';
const MOST_TENANTS = '10000';
/** How many are asked for at the same time. */
export const TENANTS_AT_ONCE = 16;
export const AGENTS_AT_ONCE = 32;

/** How much of everything; the defaults of the program are those of the targets. */
export interface Sizes {
  tenants: number;
  agents: number;
  /** Tenants and agents that are made one at a time. */
  singles: number;
  /** Of the steady state. */
  idleSeconds: number;
  /** After the last change, until nothing is left to be looked at again. */
  calmSeconds: number;
  /** The way to the nodes: by the names of their Services, as inside a cluster, or by a proxy. */
  access: 'service' | 'proxy';
  /** Node's profiler looks at the server, and leaves its findings in this folder. */
  profile: string | undefined;
}

/** One that runs. */
export class ClusterWorld {
  /** Ids of the tenants that were made, in their order. */
  readonly tenants: string[] = [];
  readonly audit: AuditLog;

  private constructor(
    readonly plane: ControlPlane,
    private readonly account: Account,
    private readonly nodes: ChildProcess,
    readonly product: Product,
    readonly sizes: Sizes,
  ) {
    this.audit = new AuditLog(plane.facts.auditLog, plane.admin);
  }

  static async start(backing: Backing, sizes: Sizes): Promise<ClusterWorld> {
    const plane = await ControlPlane.start();
    await applyDefinitions(plane.admin);
    const metadata = { name: NAMESPACE };
    await plane.admin.create({ apiVersion: 'v1', kind: 'Namespace', metadata });
    const account = await makeAccount(plane.admin, plane.facts.folder, {
      namespace: NAMESPACE,
      name: ACCOUNT,
    });
    await permit(plane.admin, NAMESPACE, ACCOUNT);
    await untilCounted(plane.admin, NAMESPACE);
    const product = await Product.create(backing, {
      KUBECONFIG: account.kubeconfig,
      NEXUS_NAMESPACE: NAMESPACE,
      NEXUS_NODE_ACCESS: sizes.access,
      NEXUS_TENANTS_PER_USER: MOST_TENANTS,
    });
    const world = new ClusterWorld(plane, account, await startNodes(plane), product, sizes);
    await world.run();
    return world;
  }

  /** Starts the server, over what there is. */
  async run(): Promise<void> {
    const { profile } = this.sizes;
    const flags = profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profile];
    await this.product.start('kubernetes', flags);
  }

  /** Logs in anew: a token may have run out meanwhile. */
  admin(): Promise<Caller> {
    return Caller.admin(this.product);
  }

  /** What the server asked of the API server since then. */
  async asked(since: Moment): Promise<AuditEntry[]> {
    const entries = await this.audit.between(since, await this.audit.moment());
    return entries.filter(({ user }) => user === this.account.user);
  }

  async stop(): Promise<void> {
    await this.product.remove();
    const ended = exitOf(this.nodes);
    this.nodes.stdin?.end();
    await ended;
    await this.plane.stop();
  }
}

/** Waits until quotas count agents: until then, a while after the kind is new, all are refused. */
export async function untilCounted(admin: ApiClient, namespace: string): Promise<void> {
  const metadata = { namespace, name: 'counts-agents' };
  const hard = { [COUNTED]: '1' };
  await admin.create({ apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard } });
  const path = `/api/v1/namespaces/${namespace}/resourcequotas/${metadata.name}`;
  await until('quotas count agents', async () => {
    const { status } = await admin.get<{ status?: { used?: Record<string, string> } }>(path);
    return status?.used?.[COUNTED] !== undefined;
  });
  await admin.delete(path);
}

async function startNodes({ facts }: ControlPlane): Promise<ChildProcess> {
  const child = spawn(process.execPath, program('cluster/kubelet.ts'), {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.write(`${JSON.stringify({ facts, installId: NAMESPACE })}\n`);
  await once(createInterface({ input: child.stdout }), 'line');
  return child;
}
