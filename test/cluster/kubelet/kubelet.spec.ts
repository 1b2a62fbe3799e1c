import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../support/until.js';
import type { KubeObject, Manifest } from '../kube-objects.types.js';
import { resourcePath } from '../resource-path.js';
import { theCluster } from '../test-cluster.js';
import { Kubelet } from './kubelet.js';
import type { ContainerStatus, Pod } from './pod.types.js';

interface Deployment extends KubeObject {
  status: { availableReplicas?: number; unavailableReplicas?: number };
}

const cluster = theCluster();
const MINE = { 'kubelet-spec': 'served' };
const QUICK = { periodSeconds: 1, failureThreshold: 1 };

// The tests of this file look at what the harness itself does: there is nothing in them for a
// cluster that has kubelets.
describe.skipIf(cluster.facts.kubelet === undefined)('the kubelet of the harness', () => {
  let kubelet: Kubelet;
  beforeAll(async () => {
    const serves = (_: string, labels: Readonly<Record<string, string>>): boolean =>
      labels['kubelet-spec'] === 'served';
    kubelet = await Kubelet.start(cluster.facts, { serves, backOffMs: 200 });
  });
  afterAll(() => kubelet.stop());

  it('runs the pod of a Deployment until it is available, with an address of its own', async () => {
    const namespace = await cluster.namespace('kubelet', MINE);
    await cluster.admin.create(deployment(namespace));
    await available(namespace);
    const pod = await onlyPod(namespace);
    expect(pod.spec.nodeName).toBe(kubelet.nodeName);
    expect(pod.status?.podIP).toMatch(/^10\.200\./);
    const health = await fetch(`http://${pod.status?.podIP}:8000/v1/health`);
    expect(await health.json()).toMatchObject({ status: 'ok' });
  });

  it('leaves the pods of others pending', async () => {
    const namespace = await cluster.namespace('kubelet');
    await cluster.admin.create(deployment(namespace));
    const pod = await onlyPod(namespace);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const later = await cluster.admin.get<Pod>(podPath(pod));
    expect(later.spec.nodeName).toBeUndefined();
  });

  it('shows the node through the service proxy, and its log through the pod', async () => {
    const namespace = await cluster.namespace('kubelet', MINE);
    await cluster.admin.create(deployment(namespace));
    await cluster.admin.create({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace, name: 'node' },
      spec: { selector: { app: 'node' }, ports: [{ port: 8000, targetPort: 8000 }] },
    });
    await available(namespace);
    const service = `/api/v1/namespaces/${namespace}/services/node:8000/proxy/v1/health`;
    const health = await until('the service has its endpoint', () =>
      cluster.admin.send<{ status: string }>('GET', service).catch(() => undefined),
    );
    expect(health.status).toBe('ok');
    const pod = await onlyPod(namespace);
    const log = await cluster.admin.send<string>('GET', `${podPath(pod)}/log?tailLines=5`);
    expect(log).toContain('node listening');
  });

  it('follows a log until the container ends', async (context) => {
    const audit = cluster.audit(context);
    const namespace = await cluster.namespace('kubelet', MINE);
    await cluster.admin.create(deployment(namespace));
    await available(namespace);
    const pod = await onlyPod(namespace);
    const since = await audit.moment();
    const log = `${podPath(pod)}/log?follow=true`;
    const following = cluster.admin.send<string>('GET', log);
    await until('it is followed', async () => {
      const asked = await audit.between(since, await audit.moment());
      return asked.some(({ uri }) => uri === log);
    });
    await cluster.admin.delete(podPath(pod));
    expect(await following).toContain('node stopped');
  });

  it('gives the container its environment, from literals, Secrets and the pod', async () => {
    const namespace = await cluster.namespace('kubelet', MINE);
    await cluster.admin.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name: 'vars' },
      stringData: { FROM_SECRET: 's3cret', ASTROMESH_ROLE: 'worker' },
    });
    await cluster.admin.create(
      deployment(namespace, {
        envFrom: [
          { secretRef: { name: 'vars' } },
          { secretRef: { name: 'absent', optional: true } },
        ],
        env: [
          { name: 'NAMED', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
          { name: 'COMBINED', value: '$(NAMED)/$(FROM_SECRET)' },
        ],
      }),
    );
    await available(namespace);
    const [runner] = kubelet.running(namespace);
    const environment = await readEnvironment(runner?.pid ?? 0);
    expect(environment).toMatchObject({
      FROM_SECRET: 's3cret',
      ASTROMESH_ROLE: 'worker',
      NAMED: namespace,
      COMBINED: `${namespace}/s3cret`,
      KUBERNETES_SERVICE_HOST: '127.0.0.1',
    });
  });

  it('waits for a Secret that is not there yet, and says so', async () => {
    const namespace = await cluster.namespace('kubelet', MINE);
    const envFrom = [{ secretRef: { name: 'later' } }];
    await cluster.admin.create(deployment(namespace, { envFrom }));
    const waiting = await untilContainer(namespace, ({ state }) => state.waiting?.message);
    expect(waiting.state.waiting).toEqual({
      reason: 'CreateContainerConfigError',
      message: 'secrets "later" not found',
    });
    await cluster.admin.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace, name: 'later' },
    });
    await available(namespace);
  });

  it('keeps a volume over a restart of the container, and nothing else', async () => {
    const namespace = await cluster.namespace('kubelet', MINE);
    await cluster.admin.create(
      deployment(namespace, { volumeMounts: [{ name: 'agents', mountPath: '/etc/astromesh' }] }, [
        { name: 'agents', emptyDir: {} },
      ]),
    );
    await available(namespace);
    const pod = await onlyPod(namespace);
    const url = `http://${pod.status?.podIP}:8000/v1/agents`;
    const agent = {
      apiVersion: 'astromesh/v1',
      kind: 'Agent',
      metadata: { name: 'kept', version: '1.0.0' },
      spec: { model: { primary: { provider: 'echo' } } },
    };
    const headers = { 'content-type': 'application/json' };
    await fetch(url, { method: 'POST', headers, body: JSON.stringify(agent) });
    const [runner] = kubelet.running(namespace);
    await runner?.crash();
    await untilContainer(namespace, ({ ready, restartCount }) => ready && restartCount === 1);
    const listed = (await (await fetch(url)).json()) as { agents: { name: string }[] };
    expect(listed.agents.map(({ name }) => name)).toEqual(['kept']);
  });

  it('restarts a container whose liveness probe fails', async () => {
    const namespace = await cluster.namespace('kubelet', MINE);
    const httpGet = { path: '/v1/health', port: 8000 };
    const livenessProbe = { httpGet, ...QUICK, initialDelaySeconds: 2 };
    await cluster.admin.create(
      deployment(namespace, { livenessProbe }, [], { terminationGracePeriodSeconds: 1 }),
    );
    await available(namespace);
    const [runner] = kubelet.running(namespace);
    process.kill(runner?.pid ?? 0, 'SIGSTOP');
    const status = await untilContainer(
      namespace,
      ({ ready, restartCount }) => ready && restartCount > 0,
    );
    expect(status.lastState.terminated).toBeDefined();
    expect(runner?.pid).not.toBe(0);
  });

  it('shows a hung container as not ready, and ready again', async () => {
    const namespace = await cluster.namespace('kubelet', MINE);
    await cluster.admin.create(deployment(namespace));
    await available(namespace);
    const [runner] = kubelet.running(namespace);
    process.kill(runner?.pid ?? 0, 'SIGSTOP');
    await untilContainer(namespace, ({ ready }) => !ready);
    process.kill(runner?.pid ?? 0, 'SIGCONT');
    const status = await untilContainer(namespace, ({ ready }) => ready);
    expect(status.restartCount).toBe(0);
  });

  it('crash-loops a container for as long as a test wants it', async () => {
    const namespace = await cluster.namespace('kubelet', MINE);
    const release = kubelet.hold('crash', (pod) => pod.metadata.namespace === namespace);
    await cluster.admin.create(deployment(namespace));
    const status = await untilContainer(
      namespace,
      ({ state, restartCount }) =>
        state.waiting?.reason === 'CrashLoopBackOff' && restartCount >= 3,
    );
    expect(status.lastState.terminated?.exitCode).toBe(1);
    expect(status.ready).toBe(false);
    release();
    await available(namespace);
  });

  it('leaves a pod pending, or without its image, until it is let go', async () => {
    const namespace = await cluster.namespace('kubelet', MINE);
    const ours = (pod: Pod): boolean => pod.metadata.namespace === namespace;
    const place = kubelet.hold('pending', ours);
    const image = kubelet.hold('image', ours);
    await cluster.admin.create(deployment(namespace));
    const pending = await until('it is unschedulable', async () => {
      const pod = await onlyPod(namespace);
      return pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
    });
    expect(pending).toMatchObject({ status: 'False', reason: 'Unschedulable' });
    place();
    await untilContainer(namespace, ({ state }) => state.waiting?.reason === 'ImagePullBackOff');
    image();
    await available(namespace);
  });

  it('evicts a pod, and another one takes its place', async () => {
    const namespace = await cluster.namespace('kubelet', MINE);
    await cluster.admin.create(deployment(namespace));
    await available(namespace);
    const [first] = kubelet.running(namespace);
    if (first === undefined) throw new Error('nothing runs');
    await kubelet.evict(first);
    const gone = await cluster.admin.get<Pod>(podPath(first.pod));
    expect(gone.status).toMatchObject({ phase: 'Failed', reason: 'Evicted' });
    await until('another pod runs', async () => kubelet.running(namespace).length === 1);
    await available(namespace);
  });

  it('lets a deleted pod hang in Terminating, then ends its process and removes it', async () => {
    const namespace = await cluster.namespace('kubelet', MINE);
    await cluster.admin.create(deployment(namespace));
    await available(namespace);
    const [runner] = kubelet.running(namespace);
    const pid = runner?.pid ?? 0;
    const pod = await onlyPod(namespace);
    const release = kubelet.hold(
      'terminating',
      ({ metadata }) => metadata.uid === pod.metadata.uid,
    );
    await cluster.admin.delete(resourcePath(deployment(namespace)));
    await until('the pod is being deleted', async () => {
      const now = await cluster.admin.get<Pod>(podPath(pod));
      return now.metadata.deletionTimestamp;
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await cluster.admin.find(podPath(pod))).toBeDefined();
    release();
    await until('the pod is gone', async () => !(await cluster.admin.find(podPath(pod))));
    expect(existsSync(path.join('/proc', String(pid)))).toBe(false);
  });

  it('fails at its end when there was a pod that it could not honour', async () => {
    const other = await Kubelet.start(cluster.facts, {
      serves: (_, labels) => labels['kubelet-spec'] === 'odd',
    });
    const namespace = await cluster.namespace('kubelet', { 'kubelet-spec': 'odd' });
    await cluster.admin.create(deployment(namespace, { command: ['sleep', '1'] }));
    await until('it was looked at', async () => other.problems.length > 0);
    await expect(other.stop()).rejects.toThrow(/cannot honour .*command of its own/);
  });

  it('runs many nodes in one process', async () => {
    const other = await Kubelet.start(cluster.facts, {
      serves: (_, labels) => labels['kubelet-spec'] === 'shared',
      shared: true,
    });
    const namespace = await cluster.namespace('kubelet', { 'kubelet-spec': 'shared' });
    const many = deployment(namespace);
    await cluster.admin.create({ ...many, spec: { ...(many['spec'] as object), replicas: 5 } });
    await available(namespace, 5);
    expect(other.running().map(({ pid }) => pid)).toEqual([0, 0, 0, 0, 0]);
    await other.stop();
  });
});

function deployment(
  namespace: string,
  container: object = {},
  volumes: object[] = [],
  more: object = {},
): Manifest {
  const labels = { app: 'node' };
  const httpGet = { path: '/v1/health', port: 8000 };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace, name: 'node' },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          volumes,
          ...more,
          containers: [
            {
              name: 'node',
              image: 'any/image:1',
              ports: [{ containerPort: 8000 }],
              readinessProbe: { httpGet, ...QUICK },
              ...container,
            },
          ],
        },
      },
    },
  };
}

async function available(namespace: string, replicas = 1): Promise<void> {
  const path = resourcePath(deployment(namespace));
  await until(`the Deployment in ${namespace} is available`, async () => {
    const { status } = await cluster.admin.get<Deployment>(path);
    return status.availableReplicas === replicas && status.unavailableReplicas === undefined;
  });
}

/** The pod that is neither being deleted nor has failed. */
async function onlyPod(namespace: string): Promise<Pod> {
  return until(`there is a pod in ${namespace}`, async () => {
    const pods = await cluster.admin.list<Pod>(`/api/v1/namespaces/${namespace}/pods`);
    return pods.find(({ metadata, status }) => {
      return metadata.deletionTimestamp === undefined && status?.phase !== 'Failed';
    });
  });
}

async function untilContainer(
  namespace: string,
  holds: (status: ContainerStatus) => unknown,
): Promise<ContainerStatus> {
  return until(`the container in ${namespace} gets there`, async () => {
    const [status] = (await onlyPod(namespace)).status?.containerStatuses ?? [];
    return status !== undefined && holds(status) ? status : undefined;
  });
}

function podPath({ metadata }: Pod): string {
  return `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`;
}

async function readEnvironment(pid: number): Promise<Record<string, string>> {
  const text = await readFile(`/proc/${pid}/environ`, 'utf8');
  return Object.fromEntries(
    text
      .split('\0')
      .filter((entry) => entry !== '')
      .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
}
