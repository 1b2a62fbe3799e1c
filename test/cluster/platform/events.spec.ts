import { expect, it } from 'vitest';
import { SystemClock } from '../../../src/platform/clock/system-clock.js';
import {
  EVENT,
  type EventObject,
  EventRecorder,
} from '../../../src/platform/kubernetes/event-recorder.js';
import { silentLogger } from '../../support/silent-logger.js';
import { theCluster } from '../test-cluster.js';
import { CONFIG_MAP, type ConfigMap, connected } from './kube-connection.js';

it('records Events as kubectl describe looks for them, and counts on', async () => {
  const namespace = await theCluster().namespace('events');
  const { api } = await connected(theCluster().facts.adminKubeconfig);
  const wanted: ConfigMap = { metadata: { namespace, name: 'mine' } };
  const { uid } = (await api.create(CONFIG_MAP, wanted)).metadata;
  const tools = { api, clock: new SystemClock(), logger: silentLogger() };
  const recorder = new EventRecorder('nexus-test', 'nexus-test-0', tools);
  const subject = { kind: CONFIG_MAP, namespace, name: 'mine', uid };
  for (let nth = 0; nth < 3; nth++) {
    recorder.record(subject, 'Warning', 'DriftRepaired', 'put back data');
  }
  recorder.record(subject, 'Normal', 'Seen', 'it is there');
  await recorder.flushed();
  const { items } = await api.list<EventObject>(EVENT, {
    namespace,
    fieldSelector: `involvedObject.uid=${uid},involvedObject.kind=ConfigMap`,
  });
  expect(items.map(({ reason, count }) => `${reason} ${count}`).sort()).toEqual([
    'DriftRepaired 3',
    'Seen 1',
  ]);
  await recorder.stop();
});
