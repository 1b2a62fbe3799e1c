import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBinaries } from '../../scripts/toolchain/cluster-binaries.mjs';
import {
  kubernetesSchemas,
  schemaLocation,
  SUPPORTED,
} from '../../scripts/toolchain/kubernetes-schemas.mjs';
import { manifestsBelow } from '../support/manifests.js';
import { CHART, Helm, HELMS, runProgram } from './helm.js';
import { Rendered } from './rendered.js';

const EXAMPLES = readdirSync(`${CHART}/examples`);
const VERSIONS = Object.keys(SUPPORTED);
const TO = ['nexus', CHART, '--namespace', 'nexus-system'];

const valuesOf = (example: string): string[] =>
  example === '' ? [] : ['--values', `${CHART}/examples/${example}`];

describe.each(HELMS)('the chart, rendered by %s', (name) => {
  let helm: Helm;
  beforeAll(async () => {
    helm = await Helm.find(name);
  });
  afterAll(() => helm?.end());

  const template = (version: string, ...args: string[]): Promise<string> =>
    helm.must('template', ...TO, '--kube-version', version, ...args);

  it.each(['', ...EXAMPLES])(
    'has nothing that its lint finds with the example "%s"',
    async (one) => {
      const version = VERSIONS[0] ?? '';
      const args = ['--strict', '--namespace', 'nexus-system', '--kube-version', version];
      const { code, stdout, stderr } = await helm.run('lint', CHART, ...args, ...valuesOf(one));
      expect(code, stdout + stderr).toBe(0);
    },
  );

  it.each(VERSIONS.flatMap((version) => ['', ...EXAMPLES].map((one) => [version, one] as const)))(
    'is what Kubernetes %s describes, with the example "%s"',
    async (version, one) => {
      const text = await template(version, ...valuesOf(one));
      const { code, said } = await conform(version, text);
      expect(code, said).toBe(0);
    },
  );

  it('renders the same every time without a cluster, and then no Secret', async () => {
    const version = VERSIONS.at(-1) ?? '';
    const first = await template(version);
    expect(await template(version)).toBe(first);
    expect(new Rendered(first).kinds).not.toContain('Secret');
  });

  it('gives the roles of kustomize', async () => {
    const rendered = new Rendered(await template(VERSIONS.at(-1) ?? ''));
    const roles = manifestsBelow('charts/kustomize/rbac').filter(({ kind }) =>
      kind.endsWith('Role'),
    );
    expect(roles).toHaveLength(5);
    for (const { kind, metadata, rules } of roles) {
      expect(rendered.one(kind, metadata.name)['rules']).toEqual(rules);
    }
  });

  it.each([
    ['the default', [], '1500'],
    ['a limit of 1 GiB', ['--set', 'resources.limits.memory=1Gi'], '768'],
    ['a limit in bytes', ['--set', 'resources.limits.memory=1000000000'], '715'],
    ['much memory', ['--set', 'resources.limits.memory=8G'], '1500'],
    ['no limit', ['--set', 'resources.limits=null'], undefined],
    [
      'a bound of its own',
      ['--set', 'extraEnv[0].name=NODE_OPTIONS,extraEnv[0].value=--max-old-space-size=99'],
      '99',
    ],
  ])('bounds the heap of the server below its memory, with %s', async (_what, args, bound) => {
    const rendered = new Rendered(await template(VERSIONS.at(-1) ?? '', ...args));
    const { template: pod } = rendered.one('Deployment', 'nexus-server')['spec'] as {
      template: { spec: { containers: { env: { name: string; value?: string }[] }[] } };
    };
    const env = pod.spec.containers[0]?.env.filter((one) => one.name === 'NODE_OPTIONS');
    const wanted = bound === undefined ? [] : [`--max-old-space-size=${bound}`];
    expect(env?.map(({ value }) => value)).toEqual(wanted);
  });

  it('keeps only the place of a server during maintenance', async () => {
    const values = [...valuesOf('gitops.yaml'), '--set', 'maintenance=true'];
    const rendered = new Rendered(await template(VERSIONS.at(-1) ?? '', ...values));
    const { template: pod } = rendered.one('Deployment', 'nexus-server')['spec'] as {
      template: { spec: { containers: Record<string, unknown>[] } };
    };
    expect(pod.spec.containers[0]).toMatchObject({ command: ['node', '-e', expect.any(String)] });
    const probes = ['startupProbe', 'readinessProbe', 'livenessProbe'];
    for (const probe of probes) expect(pod.spec.containers[0]).not.toHaveProperty(probe);
    expect(rendered.kinds).not.toContain('Job');
  });

  it('runs two servers with PostgreSQL, and only then what two are for', async () => {
    const version = VERSIONS.at(-1) ?? '';
    const one = new Rendered(await template(version));
    expect(one.one('Deployment', 'nexus-server')['spec']).toMatchObject({
      replicas: 1,
      strategy: { type: 'Recreate' },
    });
    const several = ['PodDisruptionBudget', 'Job'];
    for (const kind of several) expect(one.kinds).not.toContain(kind);
    const two = new Rendered(await template(version, ...valuesOf('gitops.yaml')));
    expect(two.one('Deployment', 'nexus-server')['spec']).toMatchObject({
      replicas: 2,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0 } },
    });
    for (const kind of several) expect(two.kinds).toContain(kind);
    expect(two.kinds).not.toContain('PersistentVolumeClaim');
    expect(two.kinds).not.toContain('CustomResourceDefinition');
  });

  it.each([
    [[], '0'],
    [valuesOf('gitops.yaml'), '5'],
    [[...valuesOf('gitops.yaml'), '--set', 'settings.NEXUS_SHUTDOWN_DELAY=9'], '9'],
  ])('has one of several servers serve on when it is told to stop: %s', async (values, delay) => {
    const rendered = new Rendered(await template(VERSIONS.at(-1) ?? '', ...values));
    const deployment = rendered.one('Deployment', 'nexus-server');
    expect(deployment).toHaveProperty(
      'spec.template.spec.containers[0].env',
      expect.arrayContaining([{ name: 'NEXUS_SHUTDOWN_DELAY', value: delay }]),
    );
  });

  it('has a dashboard that is whole', async () => {
    const text = await template(VERSIONS.at(-1) ?? '', ...valuesOf('production-postgres.yaml'));
    const { data } = new Rendered(text).one('ConfigMap', 'nexus-server-dashboard');
    const shown = (data as Record<string, string>)['nexus.json'];
    const made = readFileSync(`${CHART}/files/dashboard.json`, 'utf8');
    expect(JSON.parse(shown ?? '')).toEqual(JSON.parse(made));
  });

  it.each([
    ['/replicas', 'replicas=two'],
    ['/database/type', 'database.type=mysql'],
    ['/settings/NEXUS_REGISTRATION', 'settings.NEXUS_REGISTRATION=opne'],
    ["/settings': additional properties 'NEXUS_DATA_DIR'", 'settings.NEXUS_DATA_DIR=/tmp'],
    ['/image/pullPolicy', 'image.pullPolicy=Sometimes'],
    ['/resources/limits/memory', 'resources.limits.memory=1 GB'],
    ['/fullnameOverride', 'fullnameOverride=Nexus'],
    ["additional properties 'replica' not allowed", 'replica=2'],
    ['replicas: 2 servers cannot share SQLite', 'replicas=2'],
    ['database.existingSecret: with database.type postgres', 'database.type=postgres'],
    ['database.existingSecret: it is for PostgreSQL', 'database.existingSecret=db'],
    ['ingress.hosts: ', 'ingress.enabled=true'],
    ['gateway.parentRefs: ', 'gateway.enabled=true'],
  ])('is refused, with %s, for %s', async (told, set) => {
    const version = VERSIONS.at(-1) ?? '';
    const args = ['--kube-version', version, '--set', set];
    const { code, stderr } = await helm.run('template', ...TO, ...args);
    expect(code).not.toBe(0);
    expect(stderr).toContain(told);
  });

  it.each(['default', 'kube-system'])('is refused in the namespace %s', async (namespace) => {
    const args = ['--namespace', namespace, '--kube-version', VERSIONS.at(-1) ?? ''];
    const { code, stderr } = await helm.run('template', 'nexus', CHART, ...args);
    expect(code).not.toBe(0);
    expect(stderr).toContain('-n nexus-system --create-namespace');
  });

  it('lets its fenced test ask the DNS servers that tenants may ask', async () => {
    const set = String.raw`settings.NEXUS_EGRESS_CIDRS=169.254.20.10\, fd00::a\,10.1.0.0/16`;
    const text = await template(VERSIONS.at(-1) ?? '', '--set-string', set);
    const { egress } = new Rendered(text).one('NetworkPolicy', 'nexus-server-test-fence')[
      'spec'
    ] as { egress: { to: { ipBlock?: { cidr: string } }[]; ports: { port: number }[] }[] };
    const networks = egress.flatMap(({ to }) => to.map(({ ipBlock }) => ipBlock?.cidr));
    expect(networks).toEqual([undefined, '169.254.20.10/32', 'fd00::a/128', '10.1.0.0/16']);
    expect(egress.flatMap(({ ports }) => ports.map(({ port }) => port))).toEqual([53, 53]);
  });

  it('is refused by a Kubernetes that is too old', async () => {
    const { code, stderr } = await helm.run('template', ...TO, '--kube-version', '1.29.0');
    expect(code).not.toBe(0);
    expect(stderr).toContain('>=1.30.0-0');
  });
});

describe('what checks the chart', () => {
  it.each([
    ['a field that no Kubernetes has', 'spec: {replica: 1}'],
    ['a field of the wrong type', 'spec: {minReadySeconds: soon}'],
  ])('finds %s', async (_, spec) => {
    const wrong = `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n${spec}\n`;
    for (const version of VERSIONS) {
      expect((await conform(version, wrong)).code).not.toBe(0);
    }
  });

  it('belongs to a chart of the version of the program', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    const chart = readFileSync(`${CHART}/Chart.yaml`, 'utf8');
    expect(chart).toContain(`\nversion: ${version}\n`);
    expect(chart).toContain(`\nappVersion: ${version}\n`);
  });
});

async function conform(version: string, text: string): Promise<{ code: number; said: string }> {
  const { kubeconform } = await findBinaries(['kubeconform']);
  const location = schemaLocation(await kubernetesSchemas(version));
  const args = ['-strict', '-schema-location', location];
  const { code, stdout, stderr } = await runProgram(kubeconform, args, {}, text);
  return { code, said: stdout + stderr };
}
