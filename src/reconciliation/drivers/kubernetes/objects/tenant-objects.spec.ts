import { describe, expect, it } from 'vitest';
import { clusterSettings, tenantWish } from '../../../../../test/support/tenant-wish.js';
import { whyReserved } from '../../../../tenants/variable.rules.js';
import type { AppliedObject } from '../../../resources/applied-object.js';
import { nodeEndpointOf, nodeSecret } from './node-objects.js';
import { tenantObjects } from './tenant-objects.js';

const SETTINGS = clusterSettings();
const TENANT = tenantWish();

type Fields = Record<string, never> & { [name: string]: never };

function find(objects: readonly AppliedObject[], kind: string, name?: string) {
  const found = objects.find(
    (object) => object.kind === kind && (name === undefined || object.metadata.name === name),
  );
  return found as AppliedObject & { spec: Fields };
}

function podOf(wish = TENANT, settings = SETTINGS) {
  const { spec } = find(tenantObjects(wish, settings), 'Deployment') as never as {
    spec: { replicas: number; template: { metadata: Fields; spec: PodSpec } };
  };
  return { ...spec.template.spec, replicas: spec.replicas, metadata: spec.template.metadata };
}

interface PodSpec {
  securityContext: object;
  imagePullSecrets?: object[];
  volumes: { name: string }[];
  containers: [
    {
      image: string;
      env: { name: string }[];
      resources: { requests: object; limits: object };
      securityContext: object;
      volumeMounts: { name: string }[];
    },
  ];
}

describe('tenantObjects', () => {
  it('lists what a tenant is made of, its fences before its node', () => {
    expect(
      tenantObjects(TENANT, SETTINGS).map(({ kind, metadata }) => `${kind} ${metadata.name}`),
    ).toEqual([
      `Namespace ${TENANT.crName}`,
      'ResourceQuota nexus-quota',
      'LimitRange nexus-limits',
      'NetworkPolicy nexus-default-deny',
      'NetworkPolicy nexus-from-control-plane',
      'NetworkPolicy nexus-egress',
      'ServiceAccount astromesh-node',
      'Service astromesh-node',
      'Deployment astromesh-node',
    ]);
  });

  it('is the same for the same wish', () => {
    expect(tenantObjects({ ...TENANT }, SETTINGS)).toEqual(tenantObjects(TENANT, SETTINGS));
  });

  it('marks every object, and the pods, as of this install', () => {
    const settings = clusterSettings({ installId: 'blue', extraLabels: { team: 'ai' } });
    const labels = {
      team: 'ai',
      'app.kubernetes.io/managed-by': 'nexus',
      'nexus.astromesh.io/install-id': 'blue',
      'nexus.astromesh.io/tenant-id': TENANT.id,
    };
    const objects = [...tenantObjects(TENANT, settings), nodeSecret(TENANT, settings, {})];
    for (const { metadata } of objects) expect(metadata.labels).toMatchObject(labels);
    expect(podOf(TENANT, settings).metadata).toMatchObject({ labels });
    const elsewhere = objects.filter(({ metadata }) => metadata.namespace !== TENANT.crName);
    expect(elsewhere.map(({ kind }) => kind)).toEqual(['Namespace']);
  });

  it('calls the install after the namespace of the control plane', () => {
    const [namespace] = tenantObjects(TENANT, clusterSettings({ namespace: 'agents' }));
    expect(namespace?.metadata.labels).toMatchObject({ 'nexus.astromesh.io/install-id': 'agents' });
  });

  it('shows the protection where the admission policy reads it, while it lasts', () => {
    const name = 'nexus.astromesh.io/deletion-protection';
    const labels = (deletionProtection: boolean) =>
      find(tenantObjects({ ...TENANT, deletionProtection }, SETTINGS), 'Namespace').metadata.labels;
    expect(labels(true)).toMatchObject({ [name]: 'true' });
    expect(labels(false)).not.toHaveProperty([name]);
  });
});

describe('quota and limits', () => {
  it('hold the tenant to its quota, its agents included', () => {
    expect(find(tenantObjects(TENANT, SETTINGS), 'ResourceQuota').spec['hard']).toEqual({
      'requests.cpu': '2',
      'requests.memory': '4Gi',
      'limits.cpu': '2',
      'limits.memory': '4Gi',
      'count/nexusagents.nexus.astromesh.io': '50',
    });
  });

  it.each([
    ['2', '4Gi', '0', '0', { cpu: '100m', memory: '256Mi' }, { cpu: '2', memory: '4Gi' }],
    [
      '2',
      '4Gi',
      '500m',
      '1Gi',
      { cpu: '100m', memory: '256Mi' },
      { cpu: '1500m', memory: '3221225472' },
    ],
    // A reserve that takes all: the node keeps what it asks for.
    [
      '200m',
      '300Mi',
      '500m',
      '1Gi',
      { cpu: '100m', memory: '256Mi' },
      { cpu: '100m', memory: '256Mi' },
    ],
    // A quota below what a node asks for.
    ['50m', '64Mi', '0', '0', { cpu: '50m', memory: '64Mi' }, { cpu: '50m', memory: '64Mi' }],
    ['50m', '64Mi', '10m', '8Mi', { cpu: '50m', memory: '64Mi' }, { cpu: '50m', memory: '64Mi' }],
  ])('of %s and %s, less %s and %s', (cpu, memory, reserveCpu, reserveMemory, requests, limits) => {
    const settings = clusterSettings({ quotaReserve: { cpu: reserveCpu, memory: reserveMemory } });
    expect(podOf({ ...TENANT, cpu, memory }, settings).containers[0].resources).toEqual({
      requests,
      limits,
    });
  });

  it('give other containers no more than the quota has', () => {
    const small = { ...TENANT, cpu: '200m', memory: '64Mi' };
    expect(find(tenantObjects(small, SETTINGS), 'LimitRange').spec['limits']).toEqual([
      {
        type: 'Container',
        max: { cpu: '200m', memory: '64Mi' },
        default: { cpu: '200m', memory: '64Mi' },
        defaultRequest: { cpu: '100m', memory: '64Mi' },
      },
    ]);
  });
});

describe('network policies', () => {
  const policy = (name: string, wish = TENANT, settings = SETTINGS) =>
    find(tenantObjects(wish, settings), 'NetworkPolicy', name).spec as never as {
      ingress: { from: object[]; ports: object[] }[];
      egress: { to: object[]; ports?: object[] }[];
    };

  it('deny what no other lets pass', () => {
    expect(policy('nexus-default-deny')).toEqual({
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
    });
  });

  it('let the control plane in, and the API server where it is the way', () => {
    const settings = clusterSettings({ apiServerCidrs: ['10.0.0.1', 'fd00::/64'] });
    expect(policy('nexus-from-control-plane').ingress[0]?.from).toHaveLength(1);
    expect(policy('nexus-from-control-plane', TENANT, settings).ingress[0]?.from.slice(1)).toEqual([
      { ipBlock: { cidr: '10.0.0.1/32' } },
      { ipBlock: { cidr: 'fd00::/64' } },
    ]);
  });

  it('let pods out to names and to the public HTTPS alone', () => {
    const [dns, https, ...more] = policy('nexus-egress').egress;
    expect(dns?.ports).toEqual([
      { protocol: 'UDP', port: 53 },
      { protocol: 'TCP', port: 53 },
    ]);
    expect(https).toEqual({
      to: [
        {
          ipBlock: {
            cidr: '0.0.0.0/0',
            except: [
              '10.0.0.0/8',
              '172.16.0.0/12',
              '192.168.0.0/16',
              '100.64.0.0/10',
              '169.254.0.0/16',
            ],
          },
        },
        { ipBlock: { cidr: '::/0', except: ['fc00::/7', 'fe80::/10'] } },
      ],
      ports: [{ protocol: 'TCP', port: 443 }],
    });
    expect(more).toEqual([]);
  });

  it('let pods out to further networks, of the settings and of the tenant', () => {
    const settings = clusterSettings({ egressCidrs: ['10.1.0.0/16', '10.2.0.1'] });
    const wish = { ...TENANT, egressCidrs: ['10.1.0.0/16', '10.3.0.0/16'] };
    expect(policy('nexus-egress', wish, settings).egress[2]).toEqual({
      to: ['10.1.0.0/16', '10.2.0.1/32', '10.3.0.0/16'].map((cidr) => ({ ipBlock: { cidr } })),
    });
  });
});

describe('the node', () => {
  it('is one pod, and none while the tenant is suspended', () => {
    expect(podOf().replicas).toBe(1);
    expect(podOf({ ...TENANT, suspend: true }).replicas).toBe(0);
  });

  it('has the image of the settings, or the version that the tenant pins', () => {
    const image = (pinnedNodeVersion: string | null = null, nodeImage = 'registry.example/node') =>
      podOf({ ...TENANT, pinnedNodeVersion }, clusterSettings({ nodeImage, nodeTag: '1' }))
        .containers[0].image;
    expect(image()).toBe('registry.example/node:1');
    expect(image('2')).toBe('registry.example/node:2');
    expect(image('2', 'node@sha256:0')).toBe('node@sha256:0');
  });

  it('is made anew when a variable changes', () => {
    expect(podOf().metadata).not.toHaveProperty('annotations');
    expect(podOf({ ...TENANT, variablesStamp: 'abc' }).metadata).toMatchObject({
      annotations: { 'nexus.astromesh.io/variables': 'abc' },
    });
  });

  it('gives up what it can at any level, and all at `restricted`', () => {
    const loose = podOf();
    expect(loose.securityContext).toEqual({ seccompProfile: { type: 'RuntimeDefault' } });
    expect(loose.containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: false,
    });
    const tight = podOf(TENANT, clusterSettings({ podSecurity: 'restricted', nodeUser: 1234 }));
    expect(tight.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1234 });
    expect(tight.containers[0].securityContext).toMatchObject({ readOnlyRootFilesystem: true });
    expect(tight.volumes.map(({ name }) => name)).toEqual(['data', 'config', 'tmp']);
    expect(tight.containers[0].volumeMounts.map(({ name }) => name)).toEqual([
      'data',
      'config',
      'tmp',
    ]);
  });

  it('names the Secrets that its image is pulled with', () => {
    expect(podOf().imagePullSecrets).toBeUndefined();
    const settings = clusterSettings({ pullSecrets: ['one', 'two'] });
    expect(podOf(TENANT, settings).imagePullSecrets).toEqual([{ name: 'one' }, { name: 'two' }]);
  });

  it('has no setting that a variable of the tenant could be', () => {
    for (const { name } of podOf().containers[0].env) expect(whyReserved(name)).toBeDefined();
  });

  it('answers at an address that follows from the name', () => {
    expect(nodeEndpointOf({ crName: 't' })).toBe('http://astromesh-node.t.svc:8000');
  });
});

describe('nodeSecret', () => {
  it('holds the variables as Secrets do', () => {
    expect(nodeSecret(TENANT, SETTINGS, { KEY: 'é' })['data']).toEqual({ KEY: 'w6k=' });
  });
});
