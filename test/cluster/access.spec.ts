import { describe, expect, it } from 'vitest';
import { untilAllowed } from './rights.js';
import { type Account, theCluster } from './test-cluster.js';

const cluster = theCluster();

describe('a namespace and a ServiceAccount of a test', () => {
  it('are there, and the account may do nothing', async () => {
    const namespace = await cluster.namespace('access');
    const { api } = await cluster.serviceAccount(namespace, 'nobody');
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    await expect(api.list(path)).rejects.toMatchObject({ code: 403, reason: 'Forbidden' });
    expect(await cluster.admin.list(path)).toMatchObject([
      { metadata: { name: 'kube-root-ca.crt' } },
    ]);
  });

  it('may do what a Role grants, and no more', async () => {
    const namespace = await cluster.namespace('access');
    const account = await cluster.serviceAccount(namespace, 'writer');
    await grantConfigMaps(namespace, account);
    const { api } = account;
    const metadata = { namespace, name: 'mine' };
    const made = await api.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
    expect(made.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    await expect(api.create({ apiVersion: 'v1', kind: 'Secret', metadata })).rejects.toMatchObject({
      code: 403,
    });
  });
});

describe('the audit log', () => {
  it('shows who asked for which change between two moments', async (context) => {
    const audit = cluster.audit(context);
    const namespace = await cluster.namespace('access');
    const account = await cluster.serviceAccount(namespace, 'writer');
    await grantConfigMaps(namespace, account);
    const { api, user } = account;
    const metadata = { namespace, name: 'mine' };

    const since = await audit.moment();
    await api.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
    await expect(api.create({ apiVersion: 'v1', kind: 'Secret', metadata })).rejects.toMatchObject({
      code: 403,
    });
    await api.get(`/api/v1/namespaces/${namespace}/configmaps/mine`);
    const until = await audit.moment();

    const writes = await audit.writes({ since, until, user });
    expect(writes.map(({ verb, code, object }) => [verb, code, object?.resource])).toEqual([
      ['create', 201, 'configmaps'],
      ['create', 403, 'secrets'],
    ]);
    const all = await audit.between(since, until);
    expect(all.filter((entry) => entry.user === user).map(({ verb }) => verb)).toContain('get');
  });

  it('counts no renewal of a Lease as a change', async (context) => {
    const audit = cluster.audit(context);
    const namespace = await cluster.namespace('access');
    const metadata = { namespace, name: 'leader' };
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata };
    const since = await audit.moment();
    await cluster.admin.create({ ...lease, spec: { holderIdentity: 'a' } });
    await cluster.admin.apply({ ...lease, spec: { holderIdentity: 'b' } });
    const until = await audit.moment();
    const ours = (entry: { object: { namespace: string } | undefined }): boolean =>
      entry.object?.namespace === namespace;
    expect((await audit.between(since, until)).filter(ours)).toHaveLength(2);
    expect((await audit.writes({ since, until })).filter(ours)).toEqual([]);
  });
});

/** Gives the account `writer` of a namespace its right, and waits until it holds. */
async function grantConfigMaps(namespace: string, { user }: Account): Promise<void> {
  const group = 'rbac.authorization.k8s.io';
  const metadata = { namespace, name: 'config-maps' };
  await cluster.admin.create({
    apiVersion: `${group}/v1`,
    kind: 'Role',
    metadata,
    rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['create', 'get'] }],
  });
  await cluster.admin.create({
    apiVersion: `${group}/v1`,
    kind: 'RoleBinding',
    metadata,
    roleRef: { apiGroup: group, kind: 'Role', name: 'config-maps' },
    subjects: [{ kind: 'ServiceAccount', name: 'writer', namespace }],
  });
  await untilAllowed(cluster.admin, user, { namespace, verb: 'create', resource: 'configmaps' });
}
