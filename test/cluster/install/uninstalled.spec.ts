import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readyTenant, sdk } from '../../support/api.js';
import { until } from '../../support/until.js';
import { tenantManifest, tenantPath, tenantResourceWhen } from '../doors/resources.js';
import { theCluster } from '../test-cluster.js';
import { Installed, NAMESPACE } from './installed.js';

const KUSTOMIZE = ['-k', 'charts/kustomize'];
const DEFINITIONS = ['crd/nexustenants.nexus.astromesh.io', 'crd/nexusagents.nexus.astromesh.io'];
const BY_KUBECTL = 'by-kubectl';
const NAMES =
  'jsonpath={range .items[*]}{.kind} -n {.metadata.namespace} {.metadata.name}{"\\n"}{end}';
const NO_FINALIZERS = '{"metadata":{"finalizers":null}}';

// In their order: each rests on those before it.
describe.skipIf(theCluster().facts.kubelet === undefined)('an uninstall beside tenants', () => {
  let installed: Installed;
  let byApi: sdk.Tenant;
  let pods: string;
  beforeAll(async () => {
    installed = await Installed.begin();
    await kubectl('apply', ...KUSTOMIZE);
    await kubectl('wait', '--for=condition=Established', ...DEFINITIONS);
    await installed.serve();
    const { client } = await installed.admin();
    byApi = await readyTenant(client, 'Through the API');
    await admin().apply(tenantManifest(NAMESPACE, BY_KUBECTL));
    await isReady(BY_KUBECTL);
    pods = await podsOfTenants();
  });
  afterAll(() => installed?.stop());

  const admin = () => installed.cluster.admin;
  const isReady = (name: string) =>
    tenantResourceWhen(
      admin(),
      tenantPath(NAMESPACE, name),
      ({ status }) => status?.phase === 'Ready',
      60_000,
    );

  async function kubectl(...args: string[]): Promise<string> {
    const { text, code } = await installed.kubectl(...args);
    expect(code, text).toBe(0);
    return text;
  }

  /** The pods of nodes, by their uids. */
  function podsOfTenants(): Promise<string> {
    const jsonpath =
      '-o=jsonpath={range .items[*]}{.metadata.namespace} {.metadata.uid}{"\\n"}{end}';
    return kubectl('get', 'pods', '-A', '-l', 'app.kubernetes.io/name=astromesh-node', jsonpath);
  }

  it('takes the resources with it, and tears nothing down', async () => {
    await kubectl('delete', ...KUSTOMIZE, '--wait=false', '--ignore-not-found');
    // Its pod is deleted with all the rest.
    await installed.away();
    // What it has not let go of before its end, as docs/operations.md tells.
    for (const kind of ['nexustenants', 'nexusagents']) {
      // A definition of which nothing was left may be gone itself.
      const held = await installed.kubectl('get', kind, '-A', '-o', NAMES);
      for (const line of held.text.split('\n').filter((one) => one.startsWith('Nexus'))) {
        const patch = ['--type=merge', '-p', NO_FINALIZERS];
        await installed.kubectl('patch', ...patch, ...line.split(' '));
      }
    }
    await kubectl('wait', '--for=delete', '--timeout=60s', ...DEFINITIONS);
    // The controller that lets go of volumes is none of those that run here.
    const volume = ['-n', NAMESPACE, 'patch', 'pvc', 'nexus-data', '--type=merge'];
    await installed.kubectl(...volume, '-p', NO_FINALIZERS);
    await kubectl('wait', '--for=delete', '--timeout=60s', `namespace/${NAMESPACE}`);
    expect(await podsOfTenants()).toBe(pods);
  });

  it('is undone by another install over the same database', async () => {
    await kubectl('apply', ...KUSTOMIZE);
    await kubectl('wait', '--for=condition=Established', ...DEFINITIONS);
    await installed.back();
    for (const name of [byApi.crName, BY_KUBECTL]) await isReady(name);
    const { client } = await installed.admin();
    const { data = [] } = await sdk.listTenants({ client, query: { limit: 100 } });
    const found = data.map(({ crName, origin }) => ({ crName, origin }));
    expect(found).toHaveLength(2);
    expect(found).toContainEqual({ crName: byApi.crName, origin: 'api' });
    expect(found).toContainEqual({ crName: BY_KUBECTL, origin: 'cluster' });
    await until('nothing of the nodes was touched', async () => (await podsOfTenants()) === pods);
  });
});
