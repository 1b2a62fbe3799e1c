import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../test/support/manual-clock.js';
import { recordingLogger } from '../../../test/support/silent-logger.js';
import type { KubernetesObject } from '../../platform/kubernetes/kubernetes-object.js';
import { ObjectStore } from '../../platform/kubernetes/object-store.js';
import { ReflectorEvents } from '../../platform/kubernetes/reflector-events.js';
import { ResourceView } from './resource-view.js';

const REF = { namespace: 'acme', name: 'bot' };

function object(resourceVersion: string): KubernetesObject {
  return { metadata: { ...REF, uid: 'u1', resourceVersion } };
}

function makeView() {
  const clock = new ManualClock();
  const store = new ObjectStore<KubernetesObject>();
  const events = new ReflectorEvents('bots', store, recordingLogger().logger);
  const on = events.listen.bind(events);
  const view = new ResourceView({ store, on, isSynced: true }, clock);
  const version = () => view.find(REF)?.metadata.resourceVersion;
  return { clock, events, view, version };
}

describe('what is known of a resource', () => {
  it('is what was written until the watch knows better', () => {
    const { events, view, version } = makeView();
    events.put(object('5'));
    view.wrote(object('7'));
    expect(version()).toBe('7');
    events.put(object('6'));
    expect(version()).toBe('7');
    events.put(object('8'));
    expect(version()).toBe('8');
  });

  it('is nothing once it was deleted after the write', () => {
    const { events, view, version } = makeView();
    events.put(object('5'));
    view.wrote(object('7'));
    events.remove('acme/bot', object('9'));
    expect(version()).toBeUndefined();
  });

  it('is what the watch says when it never tells of the write', async () => {
    const { clock, view, version } = makeView();
    view.wrote(object('7'));
    expect(version()).toBe('7');
    await clock.advance(30_001);
    expect(version()).toBeUndefined();
  });

  it('is nothing once the very object is known to be gone, whatever the watch says', () => {
    const { events, view, version } = makeView();
    events.put(object('5'));
    const live = view.find(REF);
    if (live !== undefined) view.went(live);
    events.put(object('6'));
    expect(version()).toBeUndefined();
    events.put({ metadata: { ...REF, uid: 'u2', resourceVersion: '7' } });
    expect(version()).toBe('7');
  });
});
