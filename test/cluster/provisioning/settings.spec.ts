import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectData, readyTenant, sdk, tenantWhen } from '../../support/api.js';
import { until } from '../../support/until.js';
import { conditionOf, tenantManifest, tenantPath, tenantResourceWhen } from '../doors/resources.js';
import type { KubeObject } from '../kube-objects.types.js';
import { theCluster } from '../test-cluster.js';
import { World } from './world.js';

const cluster = theCluster();
const { admin } = cluster;
const LABELS = { team: 'ai', 'example.com/cost-centre': '42' };
const SETTINGS = {
  NEXUS_NODE_IMAGE: 'registry.example.com/nodes/astromesh',
  NEXUS_NODE_TAG: '1.2.3',
  NEXUS_NODE_PULL_POLICY: 'Always',
  NEXUS_NODE_PULL_SECRETS: 'pull-one,pull-two',
  NEXUS_POD_SECURITY: 'restricted',
  NEXUS_POD_SECURITY_VERSION: 'v1.36',
  NEXUS_NODE_USER: '4242',
  NEXUS_EGRESS_CIDRS: '10.1.0.0/16,192.168.7.7',
  NEXUS_NODE_REQUESTS: '50m,64Mi',
  NEXUS_QUOTA_RESERVE: '500m,1Gi',
  NEXUS_EXTRA_LABELS: Object.entries(LABELS)
    .map((pair) => pair.join('='))
    .join(','),
  NEXUS_API_SERVER_CIDRS: '10.9.9.9',
};
/** What a tenant is made of, by its collection. */
const PARTS = [
  '/api/v1/namespaces/NS/resourcequotas',
  '/api/v1/namespaces/NS/limitranges',
  '/apis/networking.k8s.io/v1/namespaces/NS/networkpolicies',
  '/api/v1/namespaces/NS/services',
  '/apis/apps/v1/namespaces/NS/deployments',
  '/api/v1/namespaces/NS/pods',
];

interface Policy extends KubeObject {
  spec: {
    ingress?: { from: object[] }[];
    egress?: { to: object[]; ports?: object[] }[];
  };
}

interface Deployment extends KubeObject {
  spec: { template: { spec: { containers: { image: string }[] } } };
}

describe.skipIf(cluster.facts.kubelet === undefined)('the settings of tenants', () => {
  let world: World;
  let tenant: sdk.Tenant;
  beforeAll(async () => {
    world = await World.start({ environment: SETTINGS });
    tenant = await readyTenant(world.admin.client, 'As it is set');
  });
  afterAll(() => world?.stop());

  const policy = (name: string, { crName }: Pick<sdk.Tenant, 'crName'> = tenant) =>
    admin.get<Policy>(`/apis/networking.k8s.io/v1/namespaces/${crName}/networkpolicies/${name}`);
  const deployment = (crName: string) =>
    admin.get<Deployment>(`/apis/apps/v1/namespaces/${crName}/deployments/astromesh-node`);

  it('say which Pod Security level holds, and the pod keeps to it', async () => {
    const { metadata } = await admin.get(`/api/v1/namespaces/${tenant.crName}`);
    expect(metadata.labels).toMatchObject({
      'pod-security.kubernetes.io/enforce': 'restricted',
      'pod-security.kubernetes.io/enforce-version': 'v1.36',
    });
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace: tenant.crName, name: 'lax' },
      spec: { containers: [{ name: 'lax', image: 'lax' }] },
    };
    await expect(admin.create(pod)).rejects.toThrow(/violates PodSecurity "restricted:v1.36"/);
  });

  it('say what runs, as whom, from where, and how much it may use', async () => {
    const { spec } = await deployment(tenant.crName);
    expect(spec.template.spec).toMatchObject({
      imagePullSecrets: [{ name: 'pull-one' }, { name: 'pull-two' }],
      securityContext: { runAsNonRoot: true, runAsUser: 4242, fsGroup: 4242 },
      containers: [
        {
          image: 'registry.example.com/nodes/astromesh:1.2.3',
          imagePullPolicy: 'Always',
          resources: {
            requests: { cpu: '50m', memory: '64Mi' },
            // The quota of 2 CPU and 4Gi, less what is kept free.
            limits: { cpu: '1500m', memory: String(3 * 1024 ** 3) },
          },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
        },
      ],
    });
  });

  it('label everything of a tenant', async () => {
    const namespace = await admin.get(`/api/v1/namespaces/${tenant.crName}`);
    const lists = PARTS.map((path) => admin.list(path.replace('NS', tenant.crName)));
    const parts = [namespace, ...(await Promise.all(lists)).flat()];
    expect(parts.length).toBeGreaterThan(PARTS.length);
    for (const { metadata } of parts) expect(metadata.labels, metadata.name).toMatchObject(LABELS);
    // The resource of a tenant is in another namespace, and can own nothing in this one.
    expect(JSON.stringify(parts)).not.toContain('"kind":"NexusTenant"');
  });

  it('open further networks, and let the API server in', async () => {
    const { spec } = await policy('nexus-egress');
    const opened = [{ ipBlock: { cidr: '10.1.0.0/16' } }, { ipBlock: { cidr: '192.168.7.7/32' } }];
    expect(spec.egress?.at(-1)).toEqual({ to: opened });
    const { spec: inwards } = await policy('nexus-from-control-plane');
    expect(inwards.ingress?.[0]?.from).toContainEqual({ ipBlock: { cidr: '10.9.9.9/32' } });
  });

  it('open further networks to one tenant, where an administrator says so', async () => {
    const { client } = world.admin;
    const other = await readyTenant(client, 'Another one');
    const resource = tenantPath(world.namespace, tenant.crName);
    const allow = (networks: string | null) =>
      admin.patch(resource, {
        metadata: { annotations: { 'nexus.astromesh.io/egress-cidrs': networks } },
      });
    const mine = { ipBlock: { cidr: '172.20.0.0/16' } };
    const opened = async (of: sdk.Tenant) => (await policy('nexus-egress', of)).spec.egress?.at(-1);
    await allow('172.20.0.0/16');
    await until('it is opened', async () => (await opened(tenant))?.to.length === 3);
    expect((await opened(tenant))?.to).toContainEqual(mine);
    expect((await opened(other))?.to).not.toContainEqual(mine);

    await allow('everything');
    const refused = await tenantWhen(client, tenant.id, ({ conditions }) =>
      conditions.some(({ type }) => type === 'Stalled'),
    );
    const told = refused.conditions.find(({ type }) => type === 'Stalled');
    expect(told).toMatchObject({
      reason: 'Invalid',
      message: expect.stringContaining('everything'),
    });

    await allow(null);
    await until('it is closed again', async () => (await opened(tenant))?.to.length === 2);
    await tenantResourceWhen(
      admin,
      resource,
      ({ status }) => status?.phase === 'Ready' && status.conditions?.length === 1,
    );
  });

  it('that did not change write nothing when another server starts with them', async (context) => {
    const audit = cluster.audit(context);
    const { client } = world.admin;
    expectData(await sdk.getTenant({ client, path: { id: tenant.id } }), 200);
    const since = await audit.moment();
    await world.restart();
    await tenantWhen(world.admin.client, tenant.id, ({ ready }) => ready);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const query = { since, until: await audit.moment(), user: world.account.user };
    expect(await audit.writes(query)).toEqual([]);
  });

  it('pin the version of one tenant', async () => {
    const name = `pinned-${world.namespace}`;
    const pinned = (nodeVersion?: string) =>
      admin.apply(tenantManifest(world.namespace, name, nodeVersion ? { nodeVersion } : {}));
    const image = async () => (await deployment(name)).spec.template.spec.containers[0]?.image;
    const resource = tenantPath(world.namespace, name);
    await pinned('0.9.1');
    await tenantResourceWhen(
      admin,
      resource,
      (one) => conditionOf(one, 'Ready')?.status === 'True',
    );
    expect(await image()).toBe('registry.example.com/nodes/astromesh:0.9.1');
    await pinned();
    await until('it has the tag of all', async () => (await image())?.endsWith(':1.2.3'));
    await tenantResourceWhen(
      admin,
      resource,
      (one) => conditionOf(one, 'Ready')?.status === 'True',
    );
  });
});
