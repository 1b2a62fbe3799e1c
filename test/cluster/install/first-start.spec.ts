import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentWhen, echoSpec, expectData, isRunning, readyTenant, sdk } from '../../support/api.js';
import { collect } from '../../support/metrics.js';
import { runServer } from '../../support/server-process.js';
import { ADMIN, JWT_SECRET } from '../../support/server.js';
import { until } from '../../support/until.js';
import { World } from '../provisioning/world.js';
import { theCluster } from '../test-cluster.js';

const cluster = theCluster();
const KEY = '0'.repeat(64);
/** What a dashboard for controllers looks for, and for whom. */
const METRICS = ['tenant', 'agent', 'tenant-resource', 'agent-resource'].flatMap((name) => [
  ['controller_runtime_reconcile_total', { controller: name, result: 'success' }] as const,
  ['controller_runtime_reconcile_errors_total', { controller: name }] as const,
  ['controller_runtime_reconcile_time_seconds_count', { controller: name }] as const,
  ['controller_runtime_active_workers', { controller: name }] as const,
  ['workqueue_depth', { name }] as const,
  ['workqueue_adds_total', { name }] as const,
  ['workqueue_queue_duration_seconds_count', { name }] as const,
  ['workqueue_retries_total', { name }] as const,
]);

describe('a server for a cluster whose database is empty', () => {
  let dataDir: string;
  beforeAll(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'nexus-first-'));
  });
  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  const start = (given: Record<string, string>) =>
    runServer({
      NEXUS_PORT: '0',
      NEXUS_METRICS_PORT: 'off',
      NEXUS_DATA_DIR: path.join(dataDir, 'data'),
      NEXUS_DRIVER: 'kubernetes',
      KUBECONFIG: cluster.facts.adminKubeconfig,
      ...given,
    });
  const keptFiles = () => readdir(path.join(dataDir, 'data')).catch((): string[] => []);

  it('does not start without its secrets, and makes none up', async () => {
    const { code, output } = await start({ NEXUS_ADMIN_PASSWORD: ADMIN.password });
    expect(code).toBe(78);
    expect(output).toContain('NEXUS_JWT_SECRET must be set');
    expect(output).toContain('NEXUS_ENCRYPTION_KEY must be set');
    expect(output).not.toContain(ADMIN.password);
    expect(await keptFiles()).toEqual([]);
  });

  it('does not start without the password of the first admin, and makes none up', async () => {
    const given = { NEXUS_JWT_SECRET: JWT_SECRET, NEXUS_ENCRYPTION_KEY: KEY };
    const { code, output } = await start(given);
    expect(code).toBe(78);
    expect(output).toContain('NEXUS_ADMIN_PASSWORD must be set');
    for (const secret of Object.values(given)) expect(output).not.toContain(secret);
    const files = await keptFiles();
    expect(files.filter((name) => /secret|key|admin|password/.test(name))).toEqual([]);
  });
});

describe.skipIf(cluster.facts.kubelet === undefined)('a server that has what it needs', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start({ environment: { NEXUS_METRICS_PORT: '0' } });
    const { client } = world.admin;
    const { id } = await readyTenant(client);
    const headers = { 'x-tenant-id': id };
    expectData(await sdk.createAgent({ client, headers, body: echoSpec('counted') }), 201);
    await agentWhen(client, 'counted', isRunning, { headers });
  });
  afterAll(() => world?.stop());

  it('prints nothing secret, and keeps none beside its database', async () => {
    const printed = world.server.lines.join('\n');
    expect(printed).toContain('Nexus is ready');
    for (const secret of [ADMIN.password, JWT_SECRET, KEY]) expect(printed).not.toContain(secret);
    const files = await readdir(path.join(world.server.dataDir, 'data'));
    expect(files.filter((name) => /secret|key|admin|password/.test(name))).toEqual([]);
  });

  it('shows its queues, its lease and its requests as dashboards expect', async () => {
    await until('every pass is counted', async () => {
      const samples = await collect(world.server);
      return (
        (samples.get('controller_runtime_reconcile_total', {
          controller: 'tenant-resource',
          result: 'success',
        }) ?? 0) > 0
      );
    });
    const samples = await collect(world.server);
    const missing = METRICS.filter(([name, labels]) => samples.get(name, labels) === undefined);
    expect(missing).toEqual([]);
    expect(samples.text).toMatch(/^leader_election_master_status\{name="[^"]+"\} 1$/m);
    expect(samples.text).toMatch(/^rest_client_requests_total\{code="20\d",method="PATCH",host=/m);
  });
});
