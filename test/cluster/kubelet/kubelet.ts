/**
 * Plays the kubelet of a node that is not there: takes pods, gives each an address of its own, runs
 * the reference node as their container and keeps their status true. A test can hold back what
 * would happen, and do to pods what happens to pods.
 */
import type { Server } from 'node:https';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { ApiClient, ApiRefusal } from '../api-client.js';
import type { ClusterFacts } from '../cluster.setup.js';
import type { KubeObject } from '../kube-objects.types.js';
import { readKubeconfig } from '../kubeconfig.js';
import { Mirror } from '../mirror.js';
import { Supervised } from '../supervised.js';
import { AddressBlock } from './address-block.js';
import { startLogServer } from './log-server.js';
import { registerNode } from './node-object.js';
import { ProcessRuntime, SharedRuntime } from './node-runtime.js';
import { type Hold, PodRunner } from './pod-runner.js';
import { obstacleOf } from './pod-spec.rules.js';
import { unschedulableStatus } from './pod-status.js';
import type { Pod } from './pod.types.js';

const PORT = 10_250;
const BACK_OFF_MS = 1_000;
const NO_PLACE = '0/1 nodes are available: 1 Insufficient cpu.';

export interface KubeletOptions {
  /** Which namespaces' pods it takes; those of others stay pending. */
  serves: (namespace: string, labels: Readonly<Record<string, string>>) => boolean;
  /** The first delay of a container that crashed again, 1000 when left out; a real one takes 10 s. */
  backOffMs?: number;
  /** All nodes in this process instead of one process each: for tests of size. */
  shared?: boolean;
}

interface Held {
  hold: Hold;
  which: (pod: Pod) => boolean;
}

/** One that works until it is stopped. */
export class Kubelet {
  /** What kept pods from being run as they were meant to be; `stop` fails when there is any. */
  readonly problems: string[] = [];
  private readonly runners = new Map<string, PodRunner>();
  private readonly busy = new Set<string>();
  private readonly holds = new Set<Held>();
  private readonly namespaces: Mirror<KubeObject>;
  private readonly pods: Mirror<Pod>;
  private readonly runtime: ProcessRuntime | SharedRuntime;

  private constructor(
    private readonly api: ApiClient,
    private readonly options: KubeletOptions,
    private readonly block: AddressBlock,
    private readonly server: Server,
    private readonly programs: Supervised,
  ) {
    this.runtime = options.shared ? new SharedRuntime() : new ProcessRuntime(programs);
    this.pods = new Mirror<Pod>(api, '/api/v1/pods', (pod, gone) => this.look(pod, gone));
    this.namespaces = new Mirror<KubeObject>(api, '/api/v1/namespaces', () => this.lookAtAll());
  }

  /**
   * Registers a node of its own and begins.
   *
   * @throws Error on an existing cluster, which has kubelets
   */
  static async start(facts: ClusterFacts, options: KubeletOptions): Promise<Kubelet> {
    const { kubelet } = facts;
    if (kubelet === undefined) throw new Error('An existing cluster has kubelets of its own');
    const { certificate, key, kubeconfig } = kubelet;
    const api = new ApiClient(readKubeconfig(kubeconfig));
    const started: { kubelet?: Kubelet } = {};
    const find = (namespace: string, pod: string): PodRunner | undefined =>
      started.kubelet?.runner(namespace, pod);
    const listen = (address: string): Promise<Server> =>
      startLogServer({ address, port: PORT, certificate, key, find });
    const { block, taken: server } = await AddressBlock.take(listen);
    await registerNode(api, { name: block.nodeName, address: block.host, port: PORT });
    const programs = await Supervised.begin('kubelet');
    const self = new Kubelet(api, options, block, server, programs);
    started.kubelet = self;
    await Promise.all([self.pods.ready, self.namespaces.ready]);
    return self;
  }

  /** The name of its Node. */
  get nodeName(): string {
    return this.block.nodeName;
  }

  /**
   * Keeps something from going on: `pending` leaves pods without a node, `image` without their
   * image, `crash` ends their containers as soon as they run (also those that run now), and
   * `terminating` leaves deleted pods where they are.
   *
   * @param which of the pods; all when left out
   * @returns what releases it
   */
  hold(hold: Hold, which: (pod: Pod) => boolean = () => true): () => void {
    const held = { hold, which };
    this.holds.add(held);
    const affected = [...this.runners.values()].filter(({ pod }) => which(pod));
    if (hold === 'crash') for (const runner of affected) void runner.crash();
    return () => {
      this.holds.delete(held);
      for (const runner of this.runners.values()) runner.poke();
      this.lookAtAll();
    };
  }

  /** The runner of a pod that is on this node. */
  runner(namespace: string, name: string): PodRunner | undefined {
    const all = [...this.runners.values()];
    return all.find(({ pod: { metadata } }) => {
      return metadata.namespace === namespace && metadata.name === name;
    });
  }

  /** Those of a namespace, or all that run here. */
  running(namespace?: string): PodRunner[] {
    const all = [...this.runners.values()];
    return all.filter(({ pod }) => namespace === undefined || pod.metadata.namespace === namespace);
  }

  /** Throws a pod off the node, as a node does that runs out of something. */
  async evict(runner: PodRunner, message = 'The node was low on resource: memory.'): Promise<void> {
    await runner.evict(message);
    await this.forget(runner);
  }

  /**
   * Ends what runs, and takes the node away.
   *
   * @throws Error when there was a pod that it could not honour
   */
  async stop(): Promise<void> {
    await Promise.all([this.pods.stop(), this.namespaces.stop()]);
    await Promise.all([...this.runners.values()].map((runner) => runner.stop(1_000)));
    await this.programs.end();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    await this.api.delete(`/api/v1/nodes/${this.nodeName}`).catch(() => undefined);
    this.api.close();
    if (this.problems.length > 0) throw new Error(this.problems.join('\n'));
  }

  private lookAtAll(): void {
    for (const pod of this.pods.objects.values()) this.look(pod, false);
  }

  /** One thing at a time for each pod; what changed meanwhile is looked at afterwards. */
  private look(pod: Pod, gone: boolean): void {
    const { uid } = pod.metadata;
    if (this.busy.has(uid)) return;
    this.busy.add(uid);
    this.work(pod, gone)
      .then(
        () => this.busy.delete(uid),
        (error: unknown) => {
          this.busy.delete(uid);
          if (error instanceof ApiRefusal && error.code < 500) return;
          setTimeout(() => this.lookAgain(uid), 500);
        },
      )
      .then(() => {
        const latest = this.pods.objects.get(uid);
        if (latest !== pod && !(latest === undefined && gone)) this.lookAgain(uid, pod);
      })
      .catch(() => undefined);
  }

  private lookAgain(uid: string, last?: Pod): void {
    const pod = this.pods.objects.get(uid);
    if (pod !== undefined) this.look(pod, false);
    else if (last !== undefined) this.look(last, true);
  }

  private async work(pod: Pod, gone: boolean): Promise<void> {
    const { uid, deletionTimestamp } = pod.metadata;
    const runner = this.runners.get(uid);
    if (gone) {
      if (runner !== undefined) await this.end(runner, 0);
      return;
    }
    if (!this.takes(pod)) return;
    if (deletionTimestamp !== undefined) await this.remove(pod, runner);
    else if (pod.spec.nodeName === undefined) await this.bind(pod);
    else if (runner === undefined && pod.status?.phase !== 'Failed') await this.run(pod);
  }

  private takes({ metadata, spec }: Pod): boolean {
    const node = spec.nodeName;
    if (node !== undefined) return node === this.nodeName;
    const namespaces = [...this.namespaces.objects.values()];
    const found = namespaces.find(({ metadata: { name } }) => name === metadata.namespace);
    if (found === undefined || spec.schedulingGates?.length) return false;
    return this.options.serves(found.metadata.name, found.metadata.labels ?? {});
  }

  private async bind(pod: Pod): Promise<void> {
    const { name, namespace = '' } = pod.metadata;
    const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
    if (this.isHeld(pod, 'pending')) {
      const status = unschedulableStatus(pod, NO_PLACE, new Date().toISOString());
      if (status !== undefined) await this.api.patch(`${path}/status`, { status });
      return;
    }
    await this.api.send('POST', `${path}/binding`, {
      body: {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name, namespace },
        target: { apiVersion: 'v1', kind: 'Node', name: this.nodeName },
      },
    });
  }

  private async run(pod: Pod): Promise<void> {
    const { uid, namespace, name } = pod.metadata;
    const obstacle = obstacleOf(pod);
    if (obstacle !== undefined) {
      const problem = `The harness cannot honour the pod ${namespace}/${name}: ${obstacle}`;
      if (!this.problems.includes(problem)) this.problems.push(problem);
      return;
    }
    const folder = path.join(this.programs.folder, uid);
    await mkdir(folder);
    const context = {
      api: this.api,
      runtime: this.runtime,
      addresses: { pod: this.block.take(), host: this.block.host },
      folder,
      backOffMs: this.options.backOffMs ?? BACK_OFF_MS,
      environment: this.environment(),
      isHeld: (one: Pod, hold: Hold) => this.isHeld(one, hold),
    };
    this.runners.set(uid, new PodRunner(pod, context));
  }

  private async remove(pod: Pod, runner: PodRunner | undefined): Promise<void> {
    if (this.isHeld(pod, 'terminating')) return;
    const { name, namespace, uid, deletionGracePeriodSeconds = 30 } = pod.metadata;
    if (runner !== undefined) await this.end(runner, deletionGracePeriodSeconds * 1000);
    await this.api.delete(`/api/v1/namespaces/${namespace}/pods/${name}`, {
      gracePeriodSeconds: 0,
      preconditions: { uid },
    });
  }

  private async end(runner: PodRunner, graceMs: number): Promise<void> {
    await runner.stop(graceMs);
    await this.forget(runner);
  }

  private async forget(runner: PodRunner): Promise<void> {
    const { uid } = runner.pod.metadata;
    this.runners.delete(uid);
    this.block.giveBack(runner.address);
    await rm(path.join(this.programs.folder, uid), { recursive: true, force: true });
  }

  private isHeld(pod: Pod, hold: Hold): boolean {
    return [...this.holds].some((held) => held.hold === hold && held.which(pod));
  }

  /** 10.0.0.1, which a pod is usually told, leads nowhere here. */
  private environment(): Record<string, string> {
    const { hostname, port } = new URL(this.api.access.server);
    const { PATH = '' } = process.env;
    return { PATH, HOME: '/', KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
  }
}
