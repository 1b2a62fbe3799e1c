import type { AppliedObject } from '../../src/reconciliation/resources/applied-object.js';

type Fields = Record<string, unknown>;

// What an API server makes of an object of a tenant, for tests without one: the fields it fills in
// and how it writes amounts. `test/cluster/resources` holds the comparison to a real one.

/** A copy of an object as an API server would give it back. */
export function served(object: AppliedObject): AppliedObject {
  const copy = structuredClone(object);
  Object.assign(copy.metadata, {
    uid: '5f0c1a8e-0000-4f0e-9c1d-000000000000',
    resourceVersion: '41',
    generation: 1,
    creationTimestamp: '2026-01-31T09:30:00Z',
  });
  FILLERS[copy.kind]?.(copy);
  return copy;
}

const FILLERS: Readonly<Record<string, (object: AppliedObject) => void>> = {
  Namespace: (object) => {
    object['spec'] = { finalizers: ['kubernetes'] };
    object['status'] = { phase: 'Active' };
    label(object, 'kubernetes.io/metadata.name', object.metadata.name);
  },
  Service: (object) => {
    fill(object['spec'], {
      clusterIP: '10.0.0.7',
      clusterIPs: ['10.0.0.7'],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      internalTrafficPolicy: 'Cluster',
      sessionAffinity: 'None',
      type: 'ClusterIP',
    });
    object['status'] = { loadBalancer: {} };
  },
  ResourceQuota: (object) => {
    canonical((object['spec'] as Fields | undefined)?.['hard']);
    object['status'] = { hard: {}, used: {} };
  },
  LimitRange: ({ spec }) => {
    for (const item of listOf((spec as Fields | undefined)?.['limits'])) {
      for (const amounts of Object.values(item)) canonical(amounts);
    }
  },
  Deployment: (object) => {
    fill(object['spec'], { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
    const template = (object['spec'] as Fields | undefined)?.['template'] as Fields | undefined;
    fill(template?.['metadata'], { creationTimestamp: null });
    fillPod(template?.['spec'] as Fields | undefined);
    object['status'] = { replicas: 1, conditions: [] };
    fill((object.metadata.annotations ??= {}), { 'deployment.kubernetes.io/revision': '1' });
  },
};

function fillPod(pod: Fields | undefined): void {
  fill(pod, {
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    terminationGracePeriodSeconds: 30,
    securityContext: {},
    ...(pod?.['serviceAccountName'] === undefined
      ? {}
      : { serviceAccount: pod['serviceAccountName'] }),
  });
  for (const container of listOf(pod?.['containers'])) {
    fill(container, {
      imagePullPolicy: 'IfNotPresent',
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
      resources: {},
    });
    for (const amounts of Object.values((container['resources'] as Fields | undefined) ?? {})) {
      canonical(amounts);
    }
    for (const port of listOf(container['ports'])) fill(port, { protocol: 'TCP' });
    for (const name of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
      const probe = container[name] as Fields | undefined;
      fill(probe, {
        timeoutSeconds: 1,
        periodSeconds: 10,
        successThreshold: 1,
        failureThreshold: 3,
      });
      fill(probe?.['httpGet'], { scheme: 'HTTP' });
    }
  }
}

function fill(fields: unknown, defaults: Fields): void {
  if (typeof fields !== 'object' || fields === null) return;
  for (const [name, value] of Object.entries(defaults)) {
    if (!(name in fields)) Object.assign(fields, { [name]: value });
  }
}

/** Writes some amounts as the server does: without a fraction, with the largest fitting suffix. */
function canonical(amounts: unknown): void {
  const words: Fields = { '1500m': '1500m', '1.5Gi': '1536Mi', '0.5': '500m', '1000m': '1' };
  if (typeof amounts !== 'object' || amounts === null) return;
  for (const [name, amount] of Object.entries(amounts)) {
    Object.assign(amounts, { [name]: words[String(amount)] ?? amount });
  }
}

function label(object: AppliedObject, name: string, value: string): void {
  object.metadata.labels = { ...object.metadata.labels, [name]: value };
}

function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'object') : [];
}
