import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../test/support/manual-clock.js';
import {
  failure,
  PlainConnection,
  ScriptedApiServer,
} from '../../../test/support/scripted-api-server.js';
import { recordingLogger } from '../../../test/support/silent-logger.js';
import { soon } from '../../../test/support/soon.js';
import { ClusterRequests } from './cluster-requests.js';
import { EventRecorder, type EventSubject } from './event-recorder.js';
import { KubernetesApi } from './kubernetes-api.js';

const NAMESPACE = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace' };
const POD = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };
const SUBJECT: EventSubject = { kind: POD, namespace: 'n', name: 'p', uid: 'u' };

let server: ScriptedApiServer;
let connection: PlainConnection;
let clock: ManualClock;
let recorder: EventRecorder;
let lines: string[];

beforeEach(async () => {
  server = await ScriptedApiServer.start();
  server.answer = () => ({ status: 201 });
  connection = new PlainConnection(server.url);
  clock = new ManualClock();
  const recording = recordingLogger();
  lines = recording.lines;
  const api = new KubernetesApi(new ClusterRequests(connection), 'test');
  const tools = { api, clock, logger: recording.logger };
  recorder = new EventRecorder('nexus-tenants', 'nexus-0', tools);
});

afterEach(async () => {
  await recorder.stop();
  connection.close();
  await server.stop();
});

const bodies = () => server.requests.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
const methods = () => server.requests.map(({ method }) => method);

describe('a recorder of Events', () => {
  it('writes what kubectl describe shows', async () => {
    recorder.record(SUBJECT, 'Warning', 'DriftRepaired', 'put back the image');
    await recorder.flushed();
    expect(server.requests[0]?.path).toBe('/api/v1/namespaces/n/events');
    expect(bodies()[0]).toEqual({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { namespace: 'n', name: expect.stringMatching(/^p\.[0-9a-f]{16}$/) },
      involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: 'n', name: 'p', uid: 'u' },
      type: 'Warning',
      reason: 'DriftRepaired',
      message: 'put back the image',
      count: 1,
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:00:00Z',
      source: { component: 'nexus-tenants' },
      reportingComponent: 'nexus-tenants',
      reportingInstance: 'nexus-0',
    });
  });

  it('keeps Events of what has no namespace in default', async () => {
    const subject = { kind: { ...NAMESPACE, namespaced: false }, name: 'x', uid: 'u' };
    recorder.record(subject, 'Normal', 'Seen', 'it is there');
    await recorder.flushed();
    expect(server.requests[0]?.path).toBe('/api/v1/namespaces/default/events');
  });

  it('counts on, and makes another when the first is gone', async () => {
    const say = async () => {
      recorder.record(SUBJECT, 'Warning', 'Broken', 'it broke');
      await recorder.flushed();
    };
    await say();
    await clock.advance(5_000);
    await say();
    const created = bodies()[0]?.['metadata'] as { name: string };
    expect(server.requests[1]?.path).toBe(`/api/v1/namespaces/n/events/${created.name}`);
    expect(bodies()[1]).toEqual({
      message: 'it broke',
      count: 2,
      lastTimestamp: '2026-01-01T00:00:05Z',
    });
    server.answer = ({ method }) =>
      method === 'PATCH' ? failure(404, 'NotFound') : { status: 201 };
    await say();
    expect(methods()).toEqual(['POST', 'PATCH', 'PATCH', 'POST']);
    expect(bodies()[3]).toMatchObject({ count: 3, firstTimestamp: '2026-01-01T00:00:00Z' });
  });

  it('tries again while that may help, without keeping anybody waiting', async () => {
    let failures = 2;
    server.answer = () => (failures-- > 0 ? failure(500, 'InternalError') : { status: 201 });
    recorder.record(SUBJECT, 'Warning', 'Broken', 'it broke');
    await soon(async () => {
      await clock.advance(500);
      return server.requests.length === 3;
    });
    await recorder.flushed();
    expect(methods()).toEqual(['POST', 'POST', 'POST']);
    expect(lines).toEqual([]);
  });

  it('drops one that is refused, says so, and goes on', async () => {
    server.answer = ({ body }) =>
      body.includes('no. 1') ? failure(403, 'Forbidden', 'no events') : { status: 201 };
    recorder.record(SUBJECT, 'Warning', 'Broken', 'no. 1');
    recorder.record(SUBJECT, 'Warning', 'Broken', 'no. 2');
    await recorder.flushed();
    expect(methods()).toEqual(['POST', 'POST']);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('An Event was dropped');
  });

  it('drops what waits when it is stopped', async () => {
    server.answer = () => ({ hang: true });
    recorder.record(SUBJECT, 'Warning', 'Broken', 'first');
    recorder.record(SUBJECT, 'Warning', 'Broken', 'second');
    await soon(() => server.requests.length === 1);
    await recorder.stop();
    recorder.record(SUBJECT, 'Warning', 'Broken', 'third');
    await recorder.flushed();
    expect(server.requests).toHaveLength(1);
  });
});
