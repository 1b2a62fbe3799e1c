import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { broughtDefinitions, SUPPORTED } from '../../scripts/toolchain/kubernetes-schemas.mjs';
import type { Manifest } from '../cluster/kube-objects.types.js';
import { resourcePath } from '../cluster/resource-path.js';
import { theCluster } from '../cluster/test-cluster.js';
import { until } from '../support/until.js';
import { CHART, Helm } from './helm.js';
import { Rendered } from './rendered.js';

const { admin } = theCluster();
const NAMESPACE = 'brought-kinds';
const MADE = [
  { kind: 'ServiceMonitor', example: 'production-postgres.yaml' },
  { kind: 'HTTPRoute', example: 'gitops.yaml' },
];

describe('a cluster with the Gateway API and the Prometheus operator', () => {
  let helm: Helm;
  beforeAll(async () => {
    helm = await Helm.find('helm');
    await admin.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
    for (const definition of broughtDefinitions()) await admin.apply(definition);
  });
  afterAll(async () => {
    helm?.end();
    for (const definition of broughtDefinitions()) await admin.delete(resourcePath(definition));
    await admin.delete(`/api/v1/namespaces/${NAMESPACE}`);
  });

  const rendered = async (example: string): Promise<Rendered> => {
    const version = Object.keys(SUPPORTED).at(-1) ?? '';
    const where = ['--namespace', NAMESPACE, '--kube-version', version];
    const values = ['--values', `${CHART}/examples/${example}`];
    return new Rendered(await helm.must('template', 'nexus', CHART, ...where, ...values));
  };

  it.each(MADE)('takes the $kind of $example, and keeps all of it', async ({ kind, example }) => {
    const manifest = (await rendered(example)).one(kind, 'nexus-server');
    const all = resourcePath(manifest).replace(/\/[^/]+$/, '?limit=1');
    await until(`there are ${kind}s`, async () => (await admin.find(all)) !== undefined);
    const kept = await admin.apply<Manifest>(manifest);
    expect(kept['spec']).toMatchObject(manifest['spec'] as object);
  });

  it('has the monitor find the Service of the metrics', async () => {
    const chart = await rendered('production-postgres.yaml');
    const { selector, endpoints } = chart.one('ServiceMonitor', 'nexus-server')['spec'] as {
      selector: { matchLabels: Record<string, string> };
      endpoints: { port: string }[];
    };
    const { metadata, spec } = chart.one('Service', 'nexus-server-metrics') as Manifest & {
      spec: { ports: { name: string }[] };
    };
    expect(metadata.labels).toMatchObject(selector.matchLabels);
    const labelled = ({ kind, metadata: { labels = {} } }: Manifest) =>
      kind === 'Service' &&
      Object.entries(selector.matchLabels).every(([key, value]) => labels[key] === value);
    expect(chart.objects.filter(labelled)).toHaveLength(1);
    expect(spec.ports.map(({ name }) => name)).toEqual(endpoints.map(({ port }) => port));
  });
});
