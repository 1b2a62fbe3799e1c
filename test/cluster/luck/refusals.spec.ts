import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { expectData, readyTenant, sdk, tenantWhen } from '../../support/api.js';
import { manifestsBelow } from '../../support/manifests.js';
import { until } from '../../support/until.js';
import { ApiRefusal } from '../api-client.js';
import type { Manifest } from '../kube-objects.types.js';
import { World } from '../provisioning/world.js';
import { isAllowed } from '../rights.js';
import { theCluster } from '../test-cluster.js';
import { expectEvent, told } from './told.js';

type Tenant = sdk.Tenant;

const cluster = theCluster();
const { admin } = cluster;
const RBAC = 'rbac.authorization.k8s.io';
const ADMISSION = 'admissionregistration.k8s.io/v1';
/** What is refused is tried again every 30 s. */
const HEALED_WITHIN_MS = 90_000;
const WATCHED_MS = 8_000;
/** A refusal that is told in a condition and tried again when the cluster changes. */
const TRIES = 4;

describe.skipIf(cluster.facts.kubelet === undefined)('what a cluster refuses', () => {
  let world: World;
  /** Made while everything is allowed: the tests run beside each other. */
  let denied: Tenant;
  let limited: Tenant;
  beforeAll(async () => {
    world = await World.start();
    const { client } = world.admin;
    [denied, limited] = await Promise.all([readyTenant(client), readyTenant(client)]);
  });
  afterAll(() => world?.stop());

  const reasonIs = (reason: string) => (tenant: Tenant) => told(tenant, 'Ready').reason === reason;

  it.concurrent(
    'by a right that is missing is told, tried seldom, and done once it is there',
    async (context) => {
      const { client } = world.admin;
      const giveBack = await withoutNetworkPolicies(world);
      const body = { displayName: 'Without a right' };
      const { id, crName } = expectData(await sdk.createTenant({ client, body }), 201);
      const refused = await tenantWhen(client, id, reasonIs('Forbidden'));
      expect(refused).toMatchObject({ phase: 'Error', ready: false });
      expect(told(refused, 'Stalled').reason).toBe('Forbidden');
      expect(told(refused, 'Ready').message).toMatch(/networkpolicies.* is forbidden: User/);
      await expectFewTries(context, `namespaces/${crName}/networkpolicies`, 3 * TRIES);
      await expectEvent(world, refused);
      await giveBack();
      const healed = await tenantWhen(client, id, ({ ready }) => ready, HEALED_WITHIN_MS);
      expect(told(healed, 'Stalled').reason).toBe('');
    },
  );

  it.concurrent(
    'by an admission policy is told in its words, tried seldom, and done once it is gone',
    async (context) => {
      const { client } = world.admin;
      const { id, crName } = denied;
      const service = `/api/v1/namespaces/${crName}/services/astromesh-node`;
      const lift = await denyServices(crName);
      await admin.delete(service);
      const refused = await tenantWhen(client, id, reasonIs('AdmissionDenied'));
      expect(refused).toMatchObject({ phase: 'Error', ready: false });
      expect(told(refused, 'Stalled').reason).toBe('AdmissionDenied');
      expect(told(refused, 'Ready').message).toMatch(/services are closed for today/);
      await expectFewTries(context, `namespaces/${crName}/services`, TRIES);
      await expectEvent(world, refused);
      await lift();
      await tenantWhen(client, id, ({ ready }) => ready, HEALED_WITHIN_MS);
      expect(await admin.find(service)).toBeDefined();
    },
  );

  it.concurrent('to a pod by a LimitRange is told, and made up for once the pod fits', async () => {
    const { client } = world.admin;
    const { id, crName } = limited;
    await admin.apply({
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { namespace: crName, name: 'foreign' },
      spec: { limits: [{ type: 'Container', max: { cpu: '10m' } }] },
    });
    const pods = `/api/v1/namespaces/${crName}/pods`;
    for (const { metadata } of await admin.list(pods)) {
      await admin.delete(`${pods}/${metadata.name}`);
    }
    const refused = await tenantWhen(client, id, reasonIs('LimitRangeExceeded'));
    expect(refused).toMatchObject({ phase: 'Error', ready: false });
    expect(told(refused, 'Ready').message).toMatch(/maximum cpu usage per Container is 10m/);
    await expectEvent(world, refused);
    await admin.delete(`/api/v1/namespaces/${crName}/limitranges/foreign`);
    await tenantWhen(client, id, ({ ready }) => ready, HEALED_WITHIN_MS);
  });

  /** Nothing is asked for again and again. */
  async function expectFewTries(context: TestContext, part: string, most: number): Promise<void> {
    const audit = cluster.audit(context);
    const since = await audit.moment();
    await new Promise((resolve) => setTimeout(resolve, WATCHED_MS));
    const query = { since, until: await audit.moment(), user: world.account.user };
    const tries = (await audit.writes(query)).filter(({ uri }) => uri.includes(part));
    expect(tries.length).toBeLessThanOrEqual(most);
  }
});

/** Takes the right to write NetworkPolicies from the server; gives back what returns it. */
async function withoutNetworkPolicies({ namespace, account }: World): Promise<() => Promise<void>> {
  const bindings = `/apis/${RBAC}/v1/clusterrolebindings`;
  const [, , , name = ''] = account.user.split(':');
  const bind = (metadataName: string, role: string): Promise<unknown> =>
    admin.apply({
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: metadataName },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    });
  const less = `${namespace}-less`;
  await admin.apply(lessOf(less));
  await bind(less, less);
  await admin.delete(`${bindings}/${namespace}-${name}`);
  const policies = { group: 'networking.k8s.io', resource: 'networkpolicies' };
  const deed = { ...policies, namespace: 'default', verb: 'create' };
  await until('the right is gone', async () => !(await isAllowed(admin, account.user, deed)));
  return async () => {
    await bind(`${namespace}-${name}`, 'nexus-server');
    await admin.delete(`${bindings}/${less}`);
    await admin.delete(`/apis/${RBAC}/v1/clusterroles/${less}`);
  };
}

/** The committed ClusterRole without what it says of writing NetworkPolicies. */
function lessOf(name: string): Manifest {
  const role = manifestsBelow('charts/kustomize/rbac').find(
    ({ kind, metadata }) => kind === 'ClusterRole' && metadata.name === 'nexus-server',
  );
  const rules = (role as unknown as { rules: { resources: string[]; verbs: string[] }[] }).rules;
  return {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRole',
    metadata: { name },
    rules: rules.map((rule) =>
      rule.resources.includes('networkpolicies') ? { ...rule, verbs: ['list', 'watch'] } : rule,
    ),
  };
}

/** Has Services of a namespace refused; gives back what ends it. */
async function denyServices(namespace: string): Promise<() => Promise<void>> {
  const name = `closed-${namespace}`;
  await admin.apply({
    apiVersion: ADMISSION,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        resourceRules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['services'] },
        ],
      },
      validations: [{ expression: 'false', message: 'services are closed for today' }],
    },
  });
  await admin.apply({
    apiVersion: ADMISSION,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name },
    spec: { policyName: name, validationActions: ['Deny'] },
  });
  const body = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name: 'probe' },
    spec: { ports: [{ port: 80 }] },
  };
  const path = `/api/v1/namespaces/${namespace}/services?dryRun=All`;
  await until('the policy holds', () =>
    admin.send('POST', path, { body }).then(
      () => false,
      (error: unknown) => error instanceof ApiRefusal && error.message.includes('closed for today'),
    ),
  );
  return async () => {
    await admin.delete(`/apis/${ADMISSION}/validatingadmissionpolicybindings/${name}`);
    await admin.delete(`/apis/${ADMISSION}/validatingadmissionpolicies/${name}`);
  };
}
