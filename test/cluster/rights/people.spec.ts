import { beforeAll, describe, expect, it } from 'vitest';
import { manifestsIn } from '../../support/manifests.js';
import { until } from '../../support/until.js';
import { isAllowed } from '../rights.js';
import { theCluster } from '../test-cluster.js';

const cluster = theCluster();
const { admin } = cluster;
const ROLES = 'charts/kustomize/rbac/people.yaml';
const GROUP = 'nexus.astromesh.io';
const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'update', 'patch', 'delete', 'deletecollection'];
const AGENTS = 'nexusagents';
const AGENT_STATUS = 'nexusagents/status';
const TENANTS = 'nexustenants';

describe('people with the roles of Kubernetes', () => {
  beforeAll(async () => {
    for (const role of manifestsIn(ROLES)) await admin.apply(role);
    // A controller adds them to the roles that they are for.
    for (const name of ['view', 'edit', 'admin']) {
      await until(`the role ${name} is told`, async () => {
        const role = await admin.get(`/apis/rbac.authorization.k8s.io/v1/clusterroles/${name}`);
        return JSON.stringify(role).includes(name === 'admin' ? TENANTS : AGENTS);
      });
    }
  });

  it.each<[string, Record<string, string[]>]>([
    ['view', { [AGENTS]: READ, [AGENT_STATUS]: READ }],
    ['edit', { [AGENTS]: [...READ, ...WRITE], [AGENT_STATUS]: READ }],
    [
      'admin',
      {
        [AGENTS]: [...READ, ...WRITE],
        [AGENT_STATUS]: READ,
        [TENANTS]: [...READ, ...WRITE],
        'nexustenants/status': ['get'],
      },
    ],
  ])(
    'that is %s may do in its namespace what they say, and nothing elsewhere',
    async (role, may) => {
      const here = await cluster.namespace('people');
      const elsewhere = await cluster.namespace('people');
      const user = `person-of-${here}`;
      await admin.apply({
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { namespace: here, name: role },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
        subjects: [{ kind: 'User', name: user, apiGroup: 'rbac.authorization.k8s.io' }],
      });
      await until('it is bound', () => allowed(user, here, AGENTS, 'list'));
      const found: Record<string, string[]> = {};
      for (const resource of [AGENTS, AGENT_STATUS, TENANTS, 'nexustenants/status']) {
        for (const verb of [...READ, ...WRITE]) {
          if (await allowed(user, here, resource, verb)) (found[resource] ??= []).push(verb);
          expect(await allowed(user, elsewhere, resource, verb)).toBe(false);
        }
      }
      expect(found).toEqual(may);
    },
  );
});

function allowed(user: string, namespace: string, name: string, verb: string): Promise<boolean> {
  const [resource = '', subresource] = name.split('/');
  const part = subresource === undefined ? {} : { subresource };
  return isAllowed(admin, user, { group: GROUP, resource, namespace, verb, ...part });
}
