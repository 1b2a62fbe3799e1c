import { API_VERSION, NODE_NAME } from '../../../resources/resource-names.js';

// What an API server (1.36) makes of the objects that we apply, as far as a comparison has to know:
// which lists are keyed, which fields are amounts, what it fills in. Patterns are paths of names
// with `[]` for the items of a list.

/** How objects of one kind are compared. */
export interface ObjectShape {
  /** Fields at the top that are compared as a whole: nothing may be there that is not applied. */
  readonly closed: readonly string[];
  /** Lists that server-side apply merges by these fields of an item; every other is one value. */
  readonly keyed: Readonly<Record<string, readonly string[]>>;
  /** Fields in which every detail counts, `null` included. */
  readonly whole: readonly string[];
  /** Maps whose values are quantities. */
  readonly amounts: readonly string[];
  /** What the server fills in where nothing is applied. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** What the server or others may fill in with anything. */
  readonly open: readonly string[];
}

const NOTHING: ObjectShape = {
  closed: [],
  keyed: {},
  whole: [],
  amounts: [],
  defaults: {},
  open: [],
};

const POD = 'spec.template.spec';
const CONTAINER = `${POD}.containers[]`;

const DEPLOYMENT: ObjectShape = {
  ...NOTHING,
  closed: ['spec'],
  keyed: {
    [`${POD}.containers`]: ['name'],
    [`${POD}.initContainers`]: ['name'],
    [`${POD}.imagePullSecrets`]: ['name'],
    [`${POD}.volumes`]: ['name'],
    [`${CONTAINER}.env`]: ['name'],
    [`${CONTAINER}.ports`]: ['containerPort', 'protocol'],
    [`${CONTAINER}.volumeMounts`]: ['mountPath'],
  },
  amounts: [`${CONTAINER}.resources.limits`, `${CONTAINER}.resources.requests`],
  defaults: {
    [`${POD}.restartPolicy`]: 'Always',
    [`${POD}.dnsPolicy`]: 'ClusterFirst',
    [`${POD}.schedulerName`]: 'default-scheduler',
    // The former name of `serviceAccountName`, which the server keeps equal.
    [`${POD}.serviceAccount`]: NODE_NAME,
    [`${CONTAINER}.terminationMessagePath`]: '/dev/termination-log',
    [`${CONTAINER}.terminationMessagePolicy`]: 'File',
    ...Object.fromEntries(
      ['startupProbe', 'readinessProbe', 'livenessProbe'].flatMap((probe) => [
        [`${CONTAINER}.${probe}.successThreshold`, 1],
        [`${CONTAINER}.${probe}.httpGet.scheme`, 'HTTP'],
      ]),
    ),
  },
  // `kubectl rollout restart` writes an annotation, and means it.
  open: ['spec.template.metadata.annotations'],
};

const SERVICE: ObjectShape = {
  ...NOTHING,
  closed: ['spec'],
  keyed: { 'spec.ports': ['port', 'protocol'] },
  defaults: { 'spec.sessionAffinity': 'None', 'spec.internalTrafficPolicy': 'Cluster' },
  open: ['spec.clusterIP', 'spec.clusterIPs', 'spec.ipFamilies', 'spec.ipFamilyPolicy'],
};

const SHAPES: Readonly<Record<string, ObjectShape>> = {
  'apps/v1 Deployment': DEPLOYMENT,
  'v1 Service': SERVICE,
  // Some clusters add the Secrets that images are pulled with.
  'v1 ServiceAccount': { ...NOTHING, closed: ['automountServiceAccountToken'] },
  'v1 ResourceQuota': { ...NOTHING, closed: ['spec'], amounts: ['spec.hard'] },
  'v1 LimitRange': {
    ...NOTHING,
    closed: ['spec'],
    amounts: ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'].map(
      (field) => `spec.limits[].${field}`,
    ),
  },
  'networking.k8s.io/v1 NetworkPolicy': { ...NOTHING, closed: ['spec'] },
  [`${API_VERSION} NexusTenant`]: { ...NOTHING, closed: ['spec'] },
  [`${API_VERSION} NexusAgent`]: { ...NOTHING, closed: ['spec'], whole: ['spec.agentSpec'] },
};

/** How objects of a kind are compared; of an unknown one, what is applied and nothing else. */
export function shapeOf({ apiVersion, kind }: { apiVersion: string; kind: string }): ObjectShape {
  return SHAPES[`${apiVersion} ${kind}`] ?? NOTHING;
}
