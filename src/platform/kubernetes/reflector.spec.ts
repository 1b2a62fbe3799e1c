import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../test/support/manual-clock.js';
import {
  failure,
  listOf,
  PlainConnection,
  ScriptedApiServer,
  statusBody,
} from '../../../test/support/scripted-api-server.js';
import { recordingLogger } from '../../../test/support/silent-logger.js';
import { soon } from '../../../test/support/soon.js';
import { ClusterRequests } from './cluster-requests.js';
import { KubernetesApi } from './kubernetes-api.js';
import type { KubernetesObject, ResourceKind } from './kubernetes-object.js';
import { Reflector, type ReflectorOptions } from './reflector.js';

const CONFIG_MAP: ResourceKind = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
};

interface ConfigMap extends KubernetesObject {
  data?: Record<string, string>;
}

let server: ScriptedApiServer;
let connection: PlainConnection;
let clock: ManualClock;
let reflector: Reflector<ConfigMap> | undefined;
let seen: string[];
const { logger, lines } = recordingLogger();

beforeEach(async () => {
  server = await ScriptedApiServer.start();
  connection = new PlainConnection(server.url);
  clock = new ManualClock();
  seen = [];
  lines.length = 0;
  server.answer = () => listOf([map('a', '1')], { resourceVersion: '10' });
});

afterEach(async () => {
  await reflector?.stop();
  connection.close();
  await server.stop();
});

function map(name: string, resourceVersion: string, uid = `uid-${name}`): ConfigMap {
  return { metadata: { namespace: 'n', name, uid, resourceVersion } };
}

function follow(options: ReflectorOptions<ConfigMap> = {}): Reflector<ConfigMap> {
  const api = new KubernetesApi(new ClusterRequests(connection), 'test');
  const made = new Reflector<ConfigMap>(CONFIG_MAP, options, {
    api,
    clock,
    logger,
    random: () => 0,
  });
  made.on({
    added: ({ metadata }) => void seen.push(`+${metadata.name}@${metadata.resourceVersion}`),
    updated: ({ metadata }) => void seen.push(`~${metadata.name}@${metadata.resourceVersion}`),
    deleted: ({ metadata }) => void seen.push(`-${metadata.name}@${metadata.resourceVersion}`),
  });
  made.start();
  reflector = made;
  return made;
}

const watchesOpen = (count: number) => soon(() => server.watches.length === count);

/** Puts the clock forward until a watch is open beyond those there were. */
async function nextWatch(): Promise<void> {
  const before = server.watches.length;
  await soon(async () => {
    await clock.advance(100);
    return server.watches.length > before;
  });
}

describe('a reflector', () => {
  it('lists by pages, then watches from where the list ended', async () => {
    server.answer = ({ query }) =>
      query.get('continue') === 'more'
        ? listOf([map('b', '2')], { resourceVersion: '10' })
        : listOf([map('a', '1')], { resourceVersion: '10', continue: 'more' });
    const made = follow({ pageSize: 1, labelSelector: 'x=y', namespace: 'n' });
    await made.synced;
    expect(seen).toEqual(['+a@1', '+b@2']);
    await watchesOpen(1);
    const { query } = server.lastWatch;
    expect(server.lists.map((list) => list.query.get('limit'))).toEqual(['1', '1']);
    expect(server.lists[0]?.path).toBe('/api/v1/namespaces/n/configmaps');
    expect(Object.fromEntries(query)).toEqual({
      labelSelector: 'x=y',
      resourceVersion: '10',
      timeoutSeconds: '300',
      watch: 'true',
      allowWatchBookmarks: 'true',
    });
  });

  it('tells of what is added, changed and deleted, with the last state that is known', async () => {
    const made = follow();
    await watchesOpen(1);
    server.lastWatch.send('ADDED', map('b', '11'));
    server.lastWatch.send('MODIFIED', map('b', '12'));
    server.lastWatch.send('DELETED', map('b', '13'));
    await soon(() => seen.length === 4);
    expect(seen).toEqual(['+a@1', '+b@11', '~b@12', '-b@13']);
    expect(made.store.get({ namespace: 'n', name: 'b' })).toBeUndefined();
    expect(made.store.list()).toHaveLength(1);
  });

  it('resumes where it was after a reset in the middle of a frame', async () => {
    follow();
    await watchesOpen(1);
    server.lastWatch.send('ADDED', map('b', '11'));
    server.lastWatch.sendText('{"type":"ADDED","object":{"metadata":{"na');
    await soon(() => seen.includes('+b@11'));
    server.lastWatch.reset();
    await nextWatch();
    expect(server.lastWatch.query.get('resourceVersion')).toBe('11');
    expect(server.lists).toHaveLength(1);
    server.lastWatch.send('ADDED', map('c', '12'));
    await soon(() => seen.includes('+c@12'));
  });

  it('puts a frame together that comes in pieces', async () => {
    follow();
    await watchesOpen(1);
    const frame = JSON.stringify({ type: 'ADDED', object: map('ü', '11') });
    const bytes = [...`${frame}\n`];
    server.lastWatch.sendText(bytes.slice(0, 40).join(''));
    await new Promise((resolve) => setTimeout(resolve, 20));
    server.lastWatch.sendText(bytes.slice(40).join(''));
    await soon(() => seen.length === 2);
    expect(seen).toEqual(['+a@1', '+ü@11']);
  });

  it('goes on from the last bookmark when the server ends the watch', async () => {
    follow();
    await watchesOpen(1);
    server.lastWatch.bookmark('99');
    server.lastWatch.end();
    await watchesOpen(2);
    expect(server.lastWatch.query.get('resourceVersion')).toBe('99');
    expect(server.lists).toHaveLength(1);
  });

  it.each([
    ['as an ERROR frame', 'frame'],
    ['as the status of the watch', 'status'],
  ])('lists again at once after 410 %s, and tells what changed meanwhile', async (_how, how) => {
    follow();
    await watchesOpen(1);
    server.answer = () => listOf([map('c', '20')], { resourceVersion: '30' });
    if (how === 'frame') {
      server.lastWatch.send('ERROR', statusBody(410, 'Expired'));
    } else {
      server.refuseWatch = ({ query }) =>
        query.get('resourceVersion') === '10' ? failure(410, 'Expired') : undefined;
      server.lastWatch.bookmark('10');
      server.lastWatch.end();
    }
    await watchesOpen(2);
    expect(server.lists).toHaveLength(2);
    expect(server.lastWatch.query.get('resourceVersion')).toBe('30');
    expect(seen).toEqual(['+a@1', '-a@1', '+c@20']);
  });

  it('tells of one that was made anew under its name as deleted and added', async () => {
    follow();
    await watchesOpen(1);
    server.answer = () => listOf([map('a', '20', 'another')], { resourceVersion: '30' });
    server.lastWatch.send('ERROR', statusBody(410, 'Expired'));
    await watchesOpen(2);
    expect(seen).toEqual(['+a@1', '-a@1', '+a@20']);
  });

  it('says nothing of what is as it was when it lists again', async () => {
    follow();
    await watchesOpen(1);
    server.lastWatch.send('ERROR', statusBody(410, 'Expired'));
    await watchesOpen(2);
    expect(seen).toEqual(['+a@1']);
  });

  it('backs off 0.8 s, doubled, while the list fails, and gets there', async () => {
    server.answer = () => failure(500, 'InternalError');
    const made = follow();
    const asked = async (count: number, advanceMs: number) => {
      await clock.advance(advanceMs);
      await soon(() => server.lists.length === count);
      // Its answer is on the way, and then a timer waits.
      await soon(() => clock.timers === 1);
    };
    await asked(1, 0);
    await clock.advance(799);
    expect(server.lists).toHaveLength(1);
    await asked(2, 1);
    await clock.advance(1_599);
    expect(server.lists).toHaveLength(2);
    await asked(3, 1);
    server.answer = () => listOf([map('a', '1')], { resourceVersion: '10' });
    await clock.advance(3_200);
    await made.synced;
    expect(seen).toEqual(['+a@1']);
  });

  it('waits as long as the server asks for', async () => {
    server.answer = () => ({ ...failure(429, 'TooManyRequests'), headers: { 'retry-after': '7' } });
    const made = follow();
    await soon(() => clock.timers === 1);
    await clock.advance(6_999);
    expect(server.lists).toHaveLength(1);
    made.hurry();
    await clock.advance(0);
    expect(server.lists).toHaveLength(1);
    await clock.advance(1);
    await soon(() => server.lists.length === 2);
  });

  it('tries at once when it is told that the server is back', async () => {
    server.answer = () => failure(503, 'ServiceUnavailable');
    const made = follow();
    await soon(() => clock.timers === 1);
    server.answer = () => listOf([map('a', '1')], { resourceVersion: '10' });
    made.hurry();
    await made.synced;
    expect(seen).toEqual(['+a@1']);
    // There is nothing to hurry in a watch that is open.
    await watchesOpen(1);
    made.hurry();
    server.lastWatch.send('ADDED', map('b', '11'));
    await soon(() => seen.includes('+b@11'));
    expect(server.watches).toHaveLength(1);
  });

  it('lists without pages when a page is too old', async () => {
    server.answer = ({ query }) => {
      if (!query.has('limit')) return listOf([map('a', '1')], { resourceVersion: '10' });
      return query.has('continue')
        ? failure(410, 'Expired')
        : listOf([map('a', '1')], { resourceVersion: '9', continue: 'more' });
    };
    await follow().synced;
    expect(seen).toEqual(['+a@1']);
    expect(server.lists).toHaveLength(3);
  });

  it('outlives a handler that throws', async () => {
    const made = follow();
    made.on({
      added: () => {
        throw new Error('oops');
      },
    });
    await watchesOpen(1);
    server.lastWatch.send('ADDED', map('b', '11'));
    server.lastWatch.send('ADDED', map('c', '12'));
    await soon(() => seen.includes('+c@12'));
    expect(lines.filter((line) => line.includes('A handler of changes failed'))).toHaveLength(3);
    expect(server.watches).toHaveLength(1);
  });

  it('outlives frames that are none', async () => {
    follow();
    for (const text of ['[]\n', 'null\n', '{"type":"ADDED"}\n', 'no JSON\n', '{"type":"X"}\n']) {
      if (server.watches.length === 0) await watchesOpen(1);
      server.lastWatch.sendText(text);
      await nextWatch();
    }
    server.lastWatch.send('ADDED', map('b', '11'));
    await soon(() => seen.length === 2);
    expect(seen).toEqual(['+a@1', '+b@11']);
  });

  it('lists again when resuming fails over and over', async () => {
    follow();
    await watchesOpen(1);
    server.refuseWatch = () => failure(500, 'InternalError');
    server.lastWatch.reset();
    await soon(async () => {
      await clock.advance(500);
      return server.lists.length === 2;
    });
    expect(server.requests.filter(({ query }) => query.has('watch'))).toHaveLength(6);
  });

  it('cuts off a watch that is silent, and resumes', async () => {
    follow();
    await watchesOpen(1);
    await soon(() => clock.timers === 1);
    await clock.advance(89_999);
    expect(server.watches).toHaveLength(1);
    await clock.advance(1);
    await nextWatch();
    expect(server.watches[0]?.isClosed).toBe(true);
    expect(server.lists).toHaveLength(1);
  });

  it('lives through an hour of bookmarks alone without listing again', async () => {
    const made = follow();
    await watchesOpen(1);
    for (let minute = 1; minute <= 60; minute++) {
      await soon(() => clock.timers === 1);
      server.lastWatch.bookmark(String(100 + minute));
      await new Promise((resolve) => setTimeout(resolve, 5));
      await clock.advance(60_000);
      // The server ends a watch after its five minutes.
      if (minute % 5 !== 0) continue;
      server.lastWatch.end();
      await watchesOpen(1 + minute / 5);
    }
    expect(server.lists).toHaveLength(1);
    expect(server.lastWatch.query.get('resourceVersion')).toBe('160');
    expect(seen).toEqual(['+a@1']);
    server.lastWatch.send('MODIFIED', map('a', '161'));
    await soon(() => seen.includes('~a@161'));
    expect(made.isSynced).toBe(true);
  });

  it('keeps what the transform keeps, without managedFields', async () => {
    const made = follow({
      transform: (object) => (object.data?.['keep'] === 'no' ? undefined : object),
      indexes: { color: ({ data }) => (data?.['color'] ? [data['color']] : []) },
    });
    await watchesOpen(1);
    const red = { ...map('b', '11'), data: { color: 'red' } };
    red.metadata.managedFields = [{ manager: 'x' }];
    server.lastWatch.send('ADDED', red);
    await soon(() => seen.includes('+b@11'));
    expect(made.store.byIndex('color', 'red').map(({ metadata }) => metadata)).toEqual([
      map('b', '11').metadata,
    ]);
    server.lastWatch.send('MODIFIED', { ...map('b', '12'), data: { keep: 'no' } });
    await soon(() => seen.includes('-b@11'));
    expect(made.store.byIndex('color', 'red')).toEqual([]);
  });

  it('outlives a transform that throws', async () => {
    const made = follow({
      transform: (object) => {
        if (object.metadata.name === 'a') throw new Error('oops');
        return object;
      },
    });
    await watchesOpen(1);
    server.lastWatch.send('ADDED', map('b', '11'));
    await soon(() => seen.includes('+b@11'));
    expect(made.store.keys()).toEqual(['n/b']);
  });

  it('stops at once, in a list, a watch or a wait', async () => {
    server.answer = () => ({ hang: true });
    const listing = follow();
    await soon(() => server.lists.length === 1);
    await listing.stop();
    await expect(listing.synced).rejects.toThrow('stopped');

    server.answer = () => listOf([], { resourceVersion: '10' });
    const watching = follow();
    await watchesOpen(1);
    await watching.stop();
    await soon(() => server.lastWatch.isClosed);
    expect(clock.timers).toBe(0);

    server.answer = () => failure(500, 'InternalError');
    const waiting = follow();
    await soon(() => clock.timers === 1);
    await waiting.stop();
    expect(clock.timers).toBe(0);
  });
});
