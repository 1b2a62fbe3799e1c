import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../test/support/manual-clock.js';
import {
  failure,
  PlainConnection,
  ScriptedApiServer,
  type ScriptedAnswer,
  type SeenRequest,
} from '../../../test/support/scripted-api-server.js';
import { silentLogger } from '../../../test/support/silent-logger.js';
import { soon } from '../../../test/support/soon.js';
import { ClusterRequests } from './cluster-requests.js';
import { KubernetesApi } from './kubernetes-api.js';
import { LeaderElection } from './leader-election.js';
import { LeaderObserver } from './leader-observer.js';
import type { LeaseObject } from './lease-record.js';

class Leadership extends LeaderObserver {
  readonly seen: boolean[] = [];

  override changed(_lease: string, leads: boolean): void {
    this.seen.push(leads);
  }
}

/** One who stands for election. */
interface Candidate {
  election: LeaderElection;
  clock: ManualClock;
  observer: Leadership;
  heard: string[];
  stop(): Promise<void>;
}

let server: ScriptedApiServer;
let lease: LeaseObject | undefined;
let version: number;
let isAway: boolean;
const candidates: Candidate[] = [];

beforeEach(async () => {
  server = await ScriptedApiServer.start();
  lease = undefined;
  version = 0;
  isAway = false;
  server.answer = (request) => (isAway ? { hang: true } : store(request));
});

afterEach(async () => {
  isAway = false;
  await Promise.all(candidates.splice(0).map((candidate) => candidate.stop()));
  await server.stop();
});

/** One Lease, changed only by those who know its version. */
function store({ method, body }: SeenRequest): ScriptedAnswer {
  if (method === 'GET') return lease === undefined ? failure(404, 'NotFound') : { body: lease };
  const wish = JSON.parse(body) as LeaseObject;
  if (method === 'POST' && lease !== undefined) return failure(409, 'AlreadyExists');
  if (method === 'PUT' && wish.metadata.resourceVersion !== String(version)) {
    return failure(409, 'Conflict');
  }
  lease = { ...wish, metadata: { ...wish.metadata, resourceVersion: String(++version) } };
  return { body: lease };
}

function candidate(identity: string): Candidate {
  const connection = new PlainConnection(server.url);
  const api = new KubernetesApi(new ClusterRequests(connection), 'test');
  const clock = new ManualClock();
  const observer = new Leadership();
  const options = { namespace: 'nexus-system', name: 'nexus', identity };
  const election = new LeaderElection(options, {
    api,
    clock,
    observer,
    logger: silentLogger(),
    random: () => 0,
  });
  const stop = async (): Promise<void> => {
    await election.stop();
    connection.close();
  };
  const made = { election, clock, observer, heard: [], stop };
  candidates.push(made);
  return made;
}

async function start(identity: string): Promise<Candidate> {
  const made = candidate(identity);
  const { election, heard } = made;
  await election.start(
    () => void heard.push('gained'),
    () => void heard.push('lost'),
    () => void heard.push('barred'),
  );
  return made;
}

/** Lets a candidate try so often. */
async function turn({ clock }: Candidate, times = 1): Promise<void> {
  for (let nth = 0; nth < times; nth++) {
    await soon(() => clock.timers > 0);
    const before = server.requests.length;
    await clock.advance(1_800);
    await soon(() => server.requests.length > before);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('an election', () => {
  it('is won by the first, who renews with one request a try', async () => {
    const first = await start('one');
    const second = await start('two');
    expect([first.election.held, second.election.held]).toEqual([true, false]);
    expect(lease?.spec).toMatchObject({ holderIdentity: 'one', leaseDurationSeconds: 15 });
    const before = server.requests.length;
    await turn(first, 3);
    expect(server.requests.slice(before).map(({ method }) => method)).toEqual([
      'PUT',
      'PUT',
      'PUT',
    ]);
    expect(first.heard).toEqual(['gained']);
    expect(first.observer.seen).toEqual([false, true]);
    expect(second.observer.seen).toEqual([false]);
  });

  it('passes on within one try after a clean stop, which is told first', async () => {
    const first = await start('one');
    const second = await start('two');
    await first.election.stop();
    expect(first.heard).toEqual(['gained', 'lost']);
    expect(lease?.spec?.holderIdentity).toBe('');
    await turn(second);
    expect(second.election.held).toBe(true);
    expect(lease?.spec).toMatchObject({ holderIdentity: 'two', leaseTransitions: 1 });
  });

  it('passes on when the lease has not changed for 15 s of the own clock', async () => {
    const first = await start('one');
    const second = await start('two');
    await turn(second, 4);
    await turn(first);
    await turn(second, 8);
    expect(second.election.held).toBe(false);
    await turn(second, 2);
    expect(second.election.held).toBe(true);
    await turn(first);
    expect(first.heard).toEqual(['gained', 'lost']);
    expect(lease?.spec?.holderIdentity).toBe('two');
  });

  it('is lost 10 s after the last renewal, while the request still hangs', async () => {
    const first = await start('one');
    isAway = true;
    await first.clock.advance(1_800);
    await soon(() => server.requests.at(-1)?.method === 'PUT');
    await first.clock.advance(8_199);
    expect(first.election.held).toBe(true);
    await first.clock.advance(1);
    expect(first.election.held).toBe(false);
    expect(first.heard).toEqual(['gained', 'lost']);
    expect(first.observer.seen).toEqual([false, true, false]);
  });

  it('goes on when somebody else touches the lease', async () => {
    const first = await start('one');
    if (lease) lease.metadata = { ...lease.metadata, resourceVersion: String(++version) };
    await turn(first);
    expect(first.heard).toEqual(['gained']);
  });

  it('makes a lease again that was deleted', async () => {
    const first = await start('one');
    lease = undefined;
    await turn(first);
    expect(lease).toMatchObject({ spec: { holderIdentity: 'one' } });
    expect(first.heard).toEqual(['gained']);
  });

  it('says that nobody can win while its namespace goes, and is won once it is back', async () => {
    const first = await start('one');
    lease = undefined;
    const going = failure(403, 'Forbidden');
    const causes = [{ reason: 'NamespaceTerminating' }];
    const body = { ...(going.body as object), details: { causes } };
    server.answer = ({ method }) =>
      method === 'GET' ? failure(404, 'NotFound') : { ...going, body };
    await turn(first);
    expect(first.election.trouble).toMatch(/^the namespace nexus-system is being deleted: nothing/);
    expect(first.heard).toEqual(['gained', 'barred']);
    server.answer = () => failure(404, 'NotFound');
    await turn(first);
    expect(first.election.trouble).toMatch(/^the namespace nexus-system is not there: nothing/);
    expect(first.heard).toEqual(['gained', 'barred']);
    server.answer = store;
    await turn(first);
    expect(first.election.trouble).toBeUndefined();
    expect(first.election.held).toBe(true);
  });

  it('is stopped at once in the middle of a request, and takes nothing any more', async () => {
    const first = await start('one');
    isAway = true;
    const second = candidate('two');
    const starting = second.election.start(
      () => void second.heard.push('gained'),
      () => undefined,
    );
    await soon(() => server.requests.length === 3);
    const stopping = second.election.stop();
    isAway = false;
    await Promise.all([starting, stopping]);
    expect(second.heard).toEqual([]);
    await turn(first);
    expect(lease?.spec?.holderIdentity).toBe('one');
  });

  it('refuses times that could make two lead', () => {
    const connection = new PlainConnection(server.url);
    const api = new KubernetesApi(new ClusterRequests(connection), 'test');
    const options = { namespace: 'n', name: 'l', identity: 'x', renewDeadlineMs: 15_000 };
    const tools = { api, clock: new ManualClock(), logger: silentLogger() };
    expect(() => new LeaderElection(options, tools)).toThrow('outlast');
  });
});
