import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../../../config/load-config.js';
import type { NodeEndpoint, NodeLogLine } from '../../../nodes/node-access.js';
import { NodeClient } from '../../../nodes/node-client.service.js';
import type { Clock } from '../../../platform/clock/clock.js';
import type { Logger } from '../../../platform/logging/logger.js';
import { ChildSupervisor, type ExitNotice } from '../../../platform/process/child-supervisor.js';
import { tail } from '../../../platform/process/log-file.js';
import { PortAllocator } from '../../../platform/process/ports.js';
import type { SupervisedChild } from '../../../platform/process/supervised-child.js';
import type { GivenVariables } from '../../../tenants/node-variables.service.js';
import type { TenantRecord } from '../../../tenants/tenant-sync.service.js';
import { Driver, type NodeOperation, type NodeSight } from '../driver.js';
import { nodeCommand, nodeEnvironment, nodeSettings } from './node-command.js';
import { ensureNodeFolder, nodesFolder, readToken, removeNodeFolder } from './node-folder.js';
import { linesNaming } from '../node-log-line.js';
import { RestartDelays } from './restart-delays.js';

// Nodes as processes of this machine. It is one trust domain: nodes run as the same user as the
// control plane, so it is for one organisation's own use, not for tenants that distrust each other.

const HOST = '127.0.0.1';
const GRACE_MS = 5_000;
/** A node that takes longer waits for something, and is not in the way of others that start. */
const STARTS_WITHIN_MS = 5_000;
/** How far back a node's output is searched for an agent's lines. */
const SEARCHED_LINES = 5_000;
/** Ports of the product's other listeners, now and later; no model endpoint may use them. */
const OWN_PORTS = '8081,8082,8443,9090';

/** Runs the node of every tenant as a child process. */
export class LocalDriver extends Driver {
  override readonly name = 'local';
  private readonly root: string;
  private readonly children: ChildSupervisor;
  private readonly ports: PortAllocator;
  private readonly delays: RestartDelays;
  /** Children that have answered since they were started, by pid and start time. */
  private readonly answered = new Set<string>();
  private readonly startedAtMs = new Map<string, number>();
  private readonly tenantOf = new Map<string, string>();
  private changed: (tenantId: string) => void = () => undefined;

  constructor(
    private readonly config: Config,
    private readonly client: NodeClient,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    super();
    this.root = nodesFolder(config.database.dataDir);
    this.children = new ChildSupervisor(clock, (notice) => this.nodeEnded(notice), {
      graceMs: GRACE_MS,
    });
    this.ports = new PortAllocator(config.nodes.ports, HOST);
    this.delays = new RestartDelays(clock);
  }

  override async open(changed: (tenantId: string) => void): Promise<void> {
    this.changed = changed;
    this.logger.warn(
      'Nodes run as this account on this machine: one trust domain, for tenants that trust each other',
    );
    mkdirSync(this.root, { recursive: true, mode: 0o700 });
    for (const entry of readdirSync(this.root)) {
      const child = await this.children.adopt(path.join(this.root, entry));
      if (child === undefined) continue;
      this.ports.reserve(child.record.port);
      this.startedAtMs.set(incarnationOf(child), this.clock.monotonicMs());
    }
    const strays = await this.children.stopStrays(this.root);
    if (strays > 0) this.logger.warn('Stray nodes stopped', { strays });
  }

  override async close(): Promise<void> {
    await this.children.stopAll();
  }

  override async observe(
    tenant: TenantRecord,
    variables: GivenVariables,
    signal: AbortSignal,
  ): Promise<NodeSight> {
    const folder = this.folderOf(tenant);
    this.tenantOf.set(folder, tenant.id);
    const child = this.children.find(folder);
    const common = {
      restartInMs: this.delays.remainingMs(folder),
      lastExit: this.delays.lastExit(folder),
    };
    if (child === undefined) {
      const state = readToken(folder) === undefined ? 'absent' : 'stopped';
      return { ...common, state, endpoint: undefined, current: true, incarnation: undefined };
    }
    const endpoint = endpointAt(child.record.port, readToken(folder));
    const incarnation = incarnationOf(child);
    const answers = this.answered.has(incarnation) || (await this.answers(endpoint, signal));
    if (answers) this.answered.add(incarnation);
    else if (this.startTookTooLong(incarnation)) await this.giveUp(child);
    return {
      ...common,
      state: answers ? 'running' : 'starting',
      endpoint,
      current: child.record.settings === nodeSettings(this.config.nodes, tenant, variables),
      incarnation,
    };
  }

  override async apply(
    operation: NodeOperation,
    tenant: TenantRecord,
    variables: GivenVariables,
  ): Promise<void> {
    const folder = this.folderOf(tenant);
    switch (operation.kind) {
      case 'start':
      case 'repair':
        await this.start(tenant, variables, folder);
        break;
      case 'stop':
        await this.children.stop(folder);
        this.logger.log('Node stopped', { tenant: tenant.id, reason: operation.reason });
        break;
      case 'remove':
        await this.children.stop(folder);
        removeNodeFolder(folder);
        this.delays.forget(folder);
        this.tenantOf.delete(folder);
        this.logger.log('Node removed', { tenant: tenant.id });
        break;
    }
  }

  override async endpointOf(tenant: TenantRecord): Promise<NodeEndpoint | undefined> {
    if (tenant.nodeEndpoint === null) return undefined;
    const token = readToken(this.folderOf(tenant));
    return { url: tenant.nodeEndpoint, ...(token === undefined ? {} : { token }) };
  }

  override async logLines(
    tenant: TenantRecord,
    agent: string,
    limit: number,
  ): Promise<NodeLogLine[]> {
    const file = ChildSupervisor.logFile(this.folderOf(tenant));
    return linesNaming(await tail(file, SEARCHED_LINES), agent, limit);
  }

  override async check(): Promise<string> {
    return 'ok';
  }

  /** How many nodes were started a short while ago and did not answer yet. */
  private get starting(): number {
    const sinceMs = this.clock.monotonicMs() - STARTS_WITHIN_MS;
    return [...this.startedAtMs].filter(([key, at]) => at >= sinceMs && !this.answered.has(key))
      .length;
  }

  private async start(
    tenant: TenantRecord,
    variables: GivenVariables,
    folder: string,
  ): Promise<void> {
    if (this.children.find(folder) !== undefined) return;
    if (this.starting >= this.config.nodes.localStarts) return;
    const { nodes, environment, http } = this.config;
    ensureNodeFolder(folder, nodes.templateDir);
    const port = await this.ports.take();
    const place = { host: HOST, port, folder };
    const denied = `${http.port},${OWN_PORTS},${nodes.ports.first}-${nodes.ports.last}`;
    try {
      const child = await this.children.start({
        folder,
        command: nodeCommand(nodes, tenant, place),
        environment: nodeEnvironment(nodes, environment, tenant, variables, place, denied),
        port,
        settings: nodeSettings(nodes, tenant, variables),
      });
      this.startedAtMs.set(incarnationOf(child), this.clock.monotonicMs());
      this.logger.log('Node started', { tenant: tenant.id, pid: child.process.pid, port });
    } catch (error) {
      this.ports.release(port);
      throw error;
    }
  }

  private async answers(endpoint: NodeEndpoint, signal: AbortSignal): Promise<boolean> {
    try {
      await this.client.health(endpoint, signal);
      return true;
    } catch {
      return false;
    }
  }

  private startTookTooLong(incarnation: string): boolean {
    const startedAtMs = this.startedAtMs.get(incarnation) ?? this.clock.monotonicMs();
    const tookMs = this.clock.monotonicMs() - startedAtMs;
    return tookMs > this.config.nodes.startTimeoutSeconds * 1000;
  }

  /** A node that never answered is ended, and counts as one that ended by itself. */
  private async giveUp(child: SupervisedChild): Promise<void> {
    await this.children.stop(child.folder);
    const seconds = this.config.nodes.startTimeoutSeconds;
    this.delays.ended(child.folder, 0, `did not answer within ${seconds} s`);
  }

  private nodeEnded({ child, code, signal, requested }: ExitNotice): void {
    const startedAtMs = this.startedAtMs.get(incarnationOf(child)) ?? this.clock.monotonicMs();
    this.forget(child);
    if (requested) return;
    const how = describeExit(code, signal);
    this.delays.ended(child.folder, this.clock.monotonicMs() - startedAtMs, how);
    const tenantId = this.tenantOf.get(child.folder);
    this.logger.warn('Node ended', { tenant: tenantId, how });
    if (tenantId !== undefined) this.changed(tenantId);
  }

  private forget(child: SupervisedChild): void {
    const incarnation = incarnationOf(child);
    this.answered.delete(incarnation);
    this.startedAtMs.delete(incarnation);
    this.ports.release(child.record.port);
  }

  private folderOf({ crName }: TenantRecord): string {
    return path.join(this.root, crName);
  }
}

/** How a node ended; of one that was taken over nobody knows. */
function describeExit(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal !== null) return `was ended by ${signal}`;
  return code === null ? 'ended' : `exited with ${code}`;
}

function incarnationOf({ process: { pid, startTime } }: SupervisedChild): string {
  return `${pid}/${startTime}`;
}

function endpointAt(port: number, token: string | undefined): NodeEndpoint {
  return { url: `http://${HOST}:${port}`, ...(token === undefined ? {} : { token }) };
}
