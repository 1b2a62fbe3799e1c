import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  agentWhen,
  clientOf,
  echoSpec,
  expectData,
  expectError,
  isRunning,
  newPerson,
  raw,
  readyTenant,
  sdk,
  until,
} from '../support/api.js';
import { collect, metricsUrl, type Samples } from '../support/metrics.js';
import { TestServer } from '../support/server.js';
import { openClient, socketClient } from '../support/web-socket.js';

const POSTGRES = process.env['TEST_DATABASE'] === 'postgres';

describe('the metrics', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await TestServer.start({ environment: { NEXUS_METRICS_PORT: '0' } });
  });
  afterAll(() => server.close());

  it('count requests by the pattern of their route, method and status', async () => {
    const labels = { method: 'GET', route: '/api/v1/agents/:name', status: '404' };
    const refused = { method: 'GET', route: '/api/v1/agents/:name', status: '401' };
    const person = await newPerson(server);
    await readyTenant(person.client);
    const before = await collect(server);
    for (const name of ['one', 'two', 'three']) {
      const path = { name };
      expectError(await sdk.getAgent({ client: person.client, path }), 404, 'agent_not_found');
    }
    const stranger = await sdk.getAgent({ client: clientOf(server), path: { name: 'one' } });
    expectError(stranger, 401, 'credential_required');
    const after = await collect(server);
    const grown = (name: string, of: Record<string, string>): number =>
      (after.get(name, of) ?? 0) - (before.get(name, of) ?? 0);
    expect(grown('nexus_http_requests_total', labels)).toBe(3);
    expect(grown('nexus_http_requests_total', refused)).toBe(1);
    expect(grown('nexus_http_request_duration_seconds_count', labels)).toBe(3);
    const withinEverything = { ...labels, le: '+Inf' };
    expect(grown('nexus_http_request_duration_seconds_bucket', withinEverything)).toBe(3);
    expect(grown('nexus_http_request_duration_seconds_sum', labels)).toBeGreaterThan(0);
    expect(after.text).not.toContain('three');
  });

  it('count WebSockets when they are over, and those that were refused', async () => {
    const route = '/api/v1/agents/:name/run/stream';
    const count = (samples: Samples, of: string, status: string): number =>
      samples.get('nexus_http_requests_total', { method: 'GET', route: of, status }) ?? 0;
    const { client, headers } = await newPerson(server);
    await readyTenant(client);
    expectData(await sdk.createAgent({ client, body: echoSpec('spoken-to') }), 201);
    const before = await collect(server);
    const path = route.replace(':name', 'spoken-to');
    const { socket, closed } = await socketClient(server, path, headers);
    expect(count(await collect(server), route, '101')).toBe(0);
    socket.close();
    await closed;
    expect(await openClient(server, path, {})).toMatchObject({ status: 401 });
    expect(await openClient(server, '/nobody/there', headers)).toMatchObject({ status: 404 });
    const after = await until('they are counted', async () => {
      const samples = await collect(server);
      return count(samples, 'unknown', '404') > count(before, 'unknown', '404') && samples;
    });
    expect(count(after, route, '101')).toBe(1);
    expect(count(after, route, '401')).toBe(1);
    expect(after.text).not.toContain('spoken-to');
  });

  it('show queues, passes and the lease under the names of controller-runtime', async () => {
    const person = await newPerson(server);
    await readyTenant(person.client);
    const before = await collect(server);
    const body = echoSpec('counted');
    expectData(await sdk.createAgent({ client: person.client, body }), 201);
    await agentWhen(person.client, 'counted', isRunning);
    const done = { controller: 'agent', result: 'success' };
    const later = { controller: 'agent', result: 'requeue_after' };
    const total = 'controller_runtime_reconcile_total';
    const passes = (samples: typeof before): number =>
      (samples.get(total, done) ?? 0) + (samples.get(total, later) ?? 0);
    const after = await until('the pass is counted', async () => {
      const samples = await collect(server);
      return passes(samples) > passes(before) && samples;
    });
    const queue = { name: 'agent' };
    const added = (after.get('workqueue_adds_total', queue) ?? 0) - 1;
    expect(added).toBeGreaterThanOrEqual(before.get('workqueue_adds_total', queue) ?? 0);
    expect(after.get('workqueue_queue_duration_seconds_count', queue)).toBeGreaterThan(0);
    expect(after.get('workqueue_depth', queue)).toBe(0);
    const controller = { controller: 'agent' };
    expect(after.get('controller_runtime_reconcile_time_seconds_count', controller)).toBe(
      passes(after) + (after.get('controller_runtime_reconcile_errors_total', controller) ?? 0),
    );
    expect(after.get('controller_runtime_active_workers', controller)).toBeLessThanOrEqual(1);
    expect(after.get('leader_election_master_status', { name: 'nexus' })).toBe(1);
    expect(after.text).toContain('# TYPE workqueue_retries_total counter');
  });

  it('count calls to nodes by operation, never by agent', async () => {
    const samples = await collect(server);
    const ok = (operation: string) => ({ operation, outcome: 'ok' });
    expect(samples.get('nexus_node_calls_total', ok('register'))).toBeGreaterThan(0);
    expect(samples.get('nexus_node_calls_total', ok('deploy'))).toBeGreaterThan(0);
    const health = { operation: 'health' };
    expect(samples.get('nexus_node_call_duration_seconds_count', health)).toBeGreaterThan(0);
    expect(samples.text).not.toContain('counted');
  });

  it('show what the database does', async () => {
    const samples = await collect(server);
    const done = samples.get('nexus_database_units_total', { outcome: 'done' }) ?? 0;
    const failed = samples.get('nexus_database_units_total', { outcome: 'failed' }) ?? 0;
    expect(done).toBeGreaterThan(5);
    expect(samples.get('nexus_database_unit_wait_seconds_count')).toBe(done + failed);
    expect(samples.get('nexus_database_unit_run_seconds_count')).toBe(done + failed);
    expect(samples.get('nexus_table_rows', { table: 'users' })).toBeGreaterThanOrEqual(1);
    const idle = samples.get('nexus_database_pool_connections', { state: 'idle' });
    expect(typeof idle).toBe(POSTGRES ? 'number' : 'undefined');
  });

  it('do not grow with what strangers ask for', async () => {
    await raw(server, 'GET', '/not/there');
    await raw(server, 'GET', '/api/v1/%zz');
    const before = await collect(server);
    for (let turn = 0; turn < 1000; turn += 50) {
      const paths = Array.from({ length: 50 }, (_, index) => `/nobody/${turn + index}`);
      await Promise.all(paths.map((path) => raw(server, 'GET', path)));
    }
    const after = await collect(server);
    const unknown = { method: 'GET', route: 'unknown', status: '404' };
    const total = (samples: typeof before): number =>
      samples.get('nexus_http_requests_total', unknown) ?? 0;
    expect(total(after) - total(before)).toBe(1000);
    expect(after.size - before.size).toBeLessThan(20);
    expect(after.text).not.toContain('nobody');
  });

  it('are all that their listener has', async () => {
    const url = metricsUrl(server);
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(200);
    expect((await fetch(url, { method: 'POST' })).status).toBe(405);
    expect((await fetch(new URL('/healthz', url))).status).toBe(404);
    expect((await fetch(`${server.url}/metrics`)).status).toBe(404);
    expect((await collect(server)).get('process_start_time_seconds')).toBeGreaterThan(0);
  });
});
