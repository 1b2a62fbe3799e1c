/** Runs the container of one pod again and again, and keeps the pod's status true. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { ApiRefusal, type ApiClient } from '../api-client.js';
import { resourcePath } from '../resource-path.js';
import { containerFolder, NODE_FOLDER } from './container-folder.js';
import type { NodeRuntime, RunningContainer } from './node-runtime.js';
import { NotThere, PodContents } from './pod-contents.js';
import { portNumber } from './pod-spec.rules.js';
import { type ContainerFacts, evictedStatus, statusOf } from './pod-status.js';
import type { Container, ContainerState, Pod, PodStatus } from './pod.types.js';
import { Probes } from './probes.js';

const LOOK_AGAIN_MS = 500;
const NODE_PORT = 8000;
/** A kubelet forgets that a container crashed after 60 times its first back-off. */
const FORGIVEN_AFTER = 60;
const LONGEST_BACK_OFF = 30;

/** What a test does to pods: what is held does not happen until the hold is released. */
export type Hold = 'pending' | 'image' | 'crash' | 'terminating';

export interface RunnerContext {
  api: ApiClient;
  runtime: NodeRuntime;
  addresses: { pod: string; host: string };
  /** Of the pod; removed with it. */
  folder: string;
  /** The first delay of a container that crashed. */
  backOffMs: number;
  /** What every container is told. */
  environment: Record<string, string>;
  isHeld: (pod: Pod, hold: Hold) => boolean;
}

/** One pod on the harness's node. */
export class PodRunner {
  private readonly facts: ContainerFacts = {
    state: { waiting: { reason: 'ContainerCreating' } },
    lastState: {},
    restarts: 0,
    started: false,
    ready: false,
  };
  private readonly startTime = now();
  private readonly container: Container;
  private readonly contents: PodContents;
  private readonly runs: Promise<void>;
  private running: RunningContainer | undefined;
  private status: PodStatus | undefined;
  private stopping = false;
  private crashes = 0;
  private wake: () => void = () => undefined;
  private writing: Promise<void> | undefined;
  private unwritten = false;

  constructor(
    readonly pod: Pod,
    private readonly context: RunnerContext,
  ) {
    const [container] = pod.spec.containers;
    if (container === undefined) throw new Error('A pod without a container');
    this.container = container;
    this.contents = new PodContents(context.api, pod, context.addresses);
    this.runs = this.run();
  }

  get address(): string {
    return this.context.addresses.pod;
  }

  get restarts(): number {
    return this.facts.restarts;
  }

  /** 0 while no process of its own runs. */
  get pid(): number {
    return this.running?.pid ?? 0;
  }

  /** What the container said since its start, or (`previous`) before that. */
  logFile(previous = false): string {
    return path.join(this.context.folder, `${this.facts.restarts - (previous ? 1 : 0)}.log`);
  }

  /** Whether the container runs. */
  get isRunning(): boolean {
    return this.running !== undefined;
  }

  /** Where a volume of the pod lies. */
  volumeFolder(name: string): string {
    return path.join(this.context.folder, 'volumes', name);
  }

  /** Ends the container as a crash would. */
  async crash(): Promise<void> {
    await this.running?.kill();
  }

  /** Looks again at once at what it waits for. */
  poke(): void {
    this.wake();
  }

  /** Ends the container; the status stays as it was. */
  async stop(graceMs: number): Promise<void> {
    this.stopping = true;
    this.wake();
    await this.running?.stop(graceMs);
    await this.runs;
    await this.writing;
  }

  /** Ends the container because the node wants it gone, and says so. */
  async evict(message: string): Promise<void> {
    await this.stop(0);
    const pod = { ...this.pod, ...(this.status && { status: this.status }) };
    await this.write(evictedStatus(pod, message, now()));
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      const delayMs = await this.runOnce();
      if (!this.stopping && delayMs > 0) await this.sleep(delayMs);
    }
  }

  /** @returns how long to wait until the next time */
  private async runOnce(): Promise<number> {
    if (this.context.isHeld(this.pod, 'image')) {
      const message = `Back-off pulling image "${this.container.image}"`;
      return this.wait({ reason: 'ImagePullBackOff', message });
    }
    try {
      for (const volume of this.pod.spec.volumes ?? []) {
        await this.contents.fill(volume, this.volumeFolder(volume.name));
      }
    } catch (error) {
      return this.wait({ reason: 'ContainerCreating', message: missing(error) });
    }
    try {
      return await this.runContainer(await this.contents.environment());
    } catch (error) {
      return this.wait({ reason: 'CreateContainerConfigError', message: missing(error) });
    }
  }

  /** Runs it to its end. */
  private async runContainer(environment: Record<string, string>): Promise<number> {
    const startedAt = now();
    const startedMs = Date.now();
    let exitCode = 1;
    if (!this.context.isHeld(this.pod, 'crash')) {
      const running = await this.start(environment);
      // Told to stop while it was being started.
      if (this.stopping) await running.kill();
      this.show({ running: { startedAt } });
      const probes = this.probe(running);
      ({ exitCode } = await running.ended);
      probes.stop();
      this.running = undefined;
    }
    return this.stopping ? 0 : this.afterEnd(exitCode, startedAt, Date.now() - startedMs);
  }

  private async start(environment: Record<string, string>): Promise<RunningContainer> {
    const { context, container, facts } = this;
    const dir = containerFolder(this.pod, NODE_FOLDER, {
      volume: (name) => this.volumeFolder(name),
      root: path.join(context.folder, `root-${facts.restarts}`),
    });
    await mkdir(dir, { recursive: true });
    this.running = await context.runtime.start({
      name: `${this.pod.metadata.uid}-${facts.restarts}`,
      host: context.addresses.pod,
      port: portNumber(container, container.ports?.[0]?.containerPort ?? NODE_PORT),
      dir,
      env: { ...context.environment, HOSTNAME: this.pod.metadata.name, ...environment },
      log: this.logFile(),
    });
    return this.running;
  }

  private probe(running: RunningContainer): Probes {
    const graceMs = (this.pod.spec.terminationGracePeriodSeconds ?? 30) * 1000;
    return new Probes({
      address: this.context.addresses.pod,
      container: this.container,
      onChange: (verdict) => {
        Object.assign(this.facts, verdict);
        this.report();
      },
      onDead: () => void running.stop(graceMs),
    });
  }

  private afterEnd(exitCode: number, startedAt: string, ranMs: number): number {
    const { facts, context } = this;
    const reason = exitCode === 0 ? 'Completed' : 'Error';
    facts.lastState = { terminated: { exitCode, reason, startedAt, finishedAt: now() } };
    facts.restarts++;
    // What the probes said was of a container that is gone.
    Object.assign(facts, { ready: false, started: false });
    if (ranMs > context.backOffMs * FORGIVEN_AFTER) this.crashes = 0;
    // The first one is started again at once.
    const factor = this.crashes === 0 ? 0 : Math.min(2 ** (this.crashes - 1), LONGEST_BACK_OFF);
    this.crashes++;
    const delayMs = context.backOffMs * factor;
    if (delayMs === 0) return 0;
    const message = `back-off ${delayMs / 1000}s restarting failed container=${this.container.name}`;
    this.show({ waiting: { reason: 'CrashLoopBackOff', message } });
    return delayMs;
  }

  private wait(waiting: NonNullable<ContainerState['waiting']>): number {
    this.show({ waiting });
    return LOOK_AGAIN_MS;
  }

  private show(state: ContainerState): void {
    this.facts.state = state;
    if (state.running === undefined) Object.assign(this.facts, { ready: false, started: false });
    this.report();
  }

  /** Writes the status soon; what changes meanwhile is written with it or after it. */
  private report(): void {
    this.unwritten = true;
    this.writing ??= this.writeAll().finally(() => (this.writing = undefined));
  }

  private async writeAll(): Promise<void> {
    while (this.unwritten && !this.stopping) {
      this.unwritten = false;
      const { pod: podIP, host: hostIP } = this.context.addresses;
      const { startTime, facts } = this;
      const before = { ...this.pod, ...(this.status && { status: this.status }) };
      const status = statusOf(before, { container: facts, podIP, hostIP, startTime }, now());
      if (JSON.stringify(status) === JSON.stringify(this.status)) continue;
      if (await this.write(status)) this.status = status;
      else await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }

  /** @returns whether the server has it, or will never take it */
  private async write(status: PodStatus): Promise<boolean> {
    const { name, namespace = '', uid } = this.pod.metadata;
    const metadata = { name, namespace };
    const path = resourcePath({ apiVersion: 'v1', kind: 'Pod', metadata }, 'status');
    try {
      // The uid keeps it from another pod of that name.
      await this.context.api.patch(path, { metadata: { uid }, status: structuredClone(status) });
      return true;
    } catch (error) {
      if (error instanceof ApiRefusal && error.code < 500) return true;
      this.unwritten = true;
      return false;
    }
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function missing(error: unknown): string {
  if (error instanceof NotThere || error instanceof Error) return error.message;
  return String(error);
}

function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}
