import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../cluster/kube-objects.types.js';
import { untilAllowed } from '../cluster/rights.js';
import { theCluster } from '../cluster/test-cluster.js';
import { until } from '../support/until.js';
import { CHART, Helm, HELMS } from './helm.js';
import { Release } from './releases.js';

const cluster = theCluster();
const { admin } = cluster;
const NAMESPACE = 'nexus-system';
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const TENANTS = `/apis/nexus.astromesh.io/v1alpha1/namespaces/${NAMESPACE}/nexustenants`;
const TENANT_DEFINITION = `${DEFINITIONS}/nexustenants.nexus.astromesh.io`;
const POLICIES = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
const DESCRIPTION = 'An isolated workspace, told in other words';

interface Secret extends KubeObject {
  data: Record<string, string>;
}
interface Deployment extends KubeObject {
  spec: { template: { spec: { containers: { image: string }[] } } };
}

// In their order: each rests on those before it. The second Helm finds what the first has left, as
// an install does after an uninstall.
describe.skipIf(cluster.facts.kubelet === undefined).each(HELMS)('a release of %s', (name) => {
  let helm: Helm;
  let release: Release;
  let secret: Secret;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'nexus-chart-'));
    helm = await Helm.find(name, cluster.facts.adminKubeconfig);
    release = new Release(helm, admin, NAMESPACE);
    await admin.apply({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: NAMESPACE,
        labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
      },
    });
  });
  afterAll(() => {
    helm?.end();
    rmSync(folder, { recursive: true, force: true });
  });

  const secretNow = (): Promise<Secret | undefined> =>
    release.find<Secret>('v1', 'secrets', 'nexus-server-secrets');
  const imageNow = async (): Promise<string | undefined> => {
    const found = await release.find<Deployment>('apps/v1', 'deployments', 'nexus-server');
    return found?.spec.template.spec.containers[0]?.image;
  };
  const definitionNow = async (): Promise<string> =>
    JSON.stringify(await admin.get(TENANT_DEFINITION));

  it('is installed with one command, which tells the next three', async () => {
    const notes = await release.install();
    for (const next of ['rollout status', 'get secret nexus-server-secrets', 'port-forward']) {
      expect(notes).toContain(`kubectl -n ${NAMESPACE} ${next}`);
    }
    expect(await imageNow()).toBe('nexus-server:0.1.0');
  });

  it('has a pod that the strictest Pod Security lets in', async () => {
    const pods = await until('its pod is there', async () => {
      const label = encodeURIComponent('app.kubernetes.io/component=server');
      const found = await admin.list(`/api/v1/namespaces/${NAMESPACE}/pods?labelSelector=${label}`);
      return found.length > 0 && found;
    });
    expect(pods).toHaveLength(1);
  });

  it('has secrets that the server takes', async () => {
    secret = (await secretNow()) as Secret;
    const { 'jwt-secret': jwt = '', 'encryption-key': key = '', ...rest } = secret.data;
    expect(decode(jwt).length).toBeGreaterThanOrEqual(32);
    expect(Buffer.from(decode(key), 'base64')).toHaveLength(32);
    expect(decode(rest['admin-password'] ?? '').length).toBeGreaterThanOrEqual(12);
  });

  it('lets the account do what the roles say, and no more', async () => {
    const { api, user } = await cluster.serviceAccount(NAMESPACE, 'nexus-server');
    // A definition is served a moment after it is there.
    await until('tenants are served', () => admin.list(TENANTS).catch(() => undefined));
    const tenants = { group: 'nexus.astromesh.io', resource: 'nexustenants' };
    await untilAllowed(admin, user, { ...tenants, namespace: NAMESPACE, verb: 'list' });
    expect(await api.list(TENANTS)).toEqual(await admin.list(TENANTS));
    const secrets = api.list(`/api/v1/namespaces/${NAMESPACE}/secrets`);
    await expect(secrets).rejects.toMatchObject({ code: 403 });
  });

  it('upgrades the definitions and the image, and keeps the secrets', async () => {
    const newer = path.join(folder, 'newer');
    cpSync(CHART, newer, { recursive: true });
    edit(
      path.join(newer, 'files', 'crds', 'nexustenants.yaml'),
      /description: "A tenant:[^"]*"/,
      `description: "${DESCRIPTION}"`,
    );
    edit(path.join(newer, 'Chart.yaml'), /^appVersion: .*$/m, 'appVersion: 0.2.0');
    const { code, stderr } = await release.upgrade(newer);
    expect(code, stderr).toBe(0);
    expect(await imageNow()).toBe('nexus-server:0.2.0');
    expect(await definitionNow()).toContain(DESCRIPTION);
    expect((await secretNow())?.data).toEqual(secret.data);
  });

  it('goes back to what was before, secrets and tenants untouched', async () => {
    await admin.apply(tenant('leia'));
    const before = await admin.get(`${TENANTS}/leia`);
    const { code, stderr } = await release.rollback();
    expect(code, stderr).toBe(0);
    expect(await imageNow()).toBe('nexus-server:0.1.0');
    expect(await definitionNow()).not.toContain(DESCRIPTION);
    expect((await secretNow())?.data).toEqual(secret.data);
    expect(await admin.get(`${TENANTS}/leia`)).toEqual(before);
  });

  it('keeps definitions, policies, tenants, the database and the secrets when it is removed', async () => {
    const { metadata } = await admin.get(`${TENANTS}/leia`);
    await release.uninstall();
    expect(await imageNow()).toBeUndefined();
    expect(await admin.find(TENANT_DEFINITION)).toBeDefined();
    expect(await admin.find(`${POLICIES}/tenant-protection.nexus.astromesh.io`)).toBeDefined();
    expect((await admin.get(`${TENANTS}/leia`)).metadata.uid).toBe(metadata.uid);
    expect(await release.find('v1', 'persistentvolumeclaims', 'nexus-server-data')).toBeDefined();
    expect((await secretNow())?.data).toEqual(secret.data);
  });

  it('takes over what it left when it is installed again', async () => {
    await release.install();
    expect((await secretNow())?.data).toEqual(secret.data);
    expect(await admin.find(`${TENANTS}/leia`)).toBeDefined();
    await release.uninstall();
  });

  it('takes definitions of somebody else only when it is told to', async () => {
    const annotations = { 'meta.helm.sh/release-name': null };
    await admin.patch(TENANT_DEFINITION, { metadata: { annotations } });
    await expect(release.install()).rejects.toThrow('invalid ownership metadata');
    await release.install('--take-ownership');
    expect(await admin.find(`${TENANTS}/leia`)).toBeDefined();
    await release.uninstall();
  });
});

function decode(text: string): string {
  return Buffer.from(text, 'base64').toString();
}

function edit(file: string, pattern: RegExp, put: string): void {
  const text = readFileSync(file, 'utf8');
  expect(text).toMatch(pattern);
  writeFileSync(file, text.replace(pattern, put));
}

function tenant(name: string) {
  return {
    apiVersion: 'nexus.astromesh.io/v1alpha1',
    kind: 'NexusTenant',
    metadata: { namespace: NAMESPACE, name },
    spec: { displayName: 'Leia' },
  };
}
