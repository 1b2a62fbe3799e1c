import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SystemClock } from '../../../src/platform/clock/system-clock.js';
import {
  ClusterConnection,
  type ConnectionUse,
  type RequestSecurity,
} from '../../../src/platform/kubernetes/cluster-connection.js';
import { ClusterRequests } from '../../../src/platform/kubernetes/cluster-requests.js';
import { KubernetesError } from '../../../src/platform/kubernetes/kubernetes.errors.js';
import { KubernetesApi } from '../../../src/platform/kubernetes/kubernetes-api.js';
import { LeaderElection } from '../../../src/platform/kubernetes/leader-election.js';
import { silentLogger } from '../../support/silent-logger.js';
import { theCluster } from '../test-cluster.js';
import { connected } from './kube-connection.js';

/** A way to the cluster that can be cut. */
class CuttableConnection extends ClusterConnection {
  isCut = false;
  readonly server: URL;
  readonly namespace = undefined;

  constructor(private readonly whole: ClusterConnection) {
    super();
    this.server = whole.server;
  }

  async security(use: ConnectionUse): Promise<RequestSecurity> {
    if (this.isCut) throw KubernetesError.fault('Unreachable', 'it was cut');
    return this.whole.security(use);
  }

  refresh(): void {
    this.whole.refresh();
  }

  close(): void {
    this.whole.close();
  }
}

async function replicas(namespace: string) {
  const heard: { who: string; what: string; atMs: number }[] = [];
  const stand = async (who: string) => {
    const { connection } = await connected(theCluster().facts.adminKubeconfig);
    const way = new CuttableConnection(connection);
    const election = new LeaderElection(
      { namespace, name: 'nexus', identity: `${who}_${randomUUID()}` },
      {
        api: new KubernetesApi(new ClusterRequests(way), 'nexus-test'),
        clock: new SystemClock(),
        logger: silentLogger(),
      },
    );
    onTestFinished(() => election.stop());
    const hear = (what: string) => () => void heard.push({ who, what, atMs: performance.now() });
    await election.start(hear('gained'), hear('lost'));
    return { election, way };
  };
  const one = await stand('one');
  const two = await stand('two');
  const story = () => heard.map(({ who, what }) => `${who} ${what}`);
  return { one, two, heard, story };
}

describe('the leadership of two replicas', () => {
  it('passes on within two seconds of a clean stop', async () => {
    const { one, two, heard, story } = await replicas(await cluster());
    expect([one.election.held, two.election.held]).toEqual([true, false]);
    const stoppedMs = performance.now();
    await one.election.stop();
    await expect.poll(() => two.election.held, { timeout: 5_000, interval: 10 }).toBe(true);
    expect(story()).toEqual(['one gained', 'one lost', 'two gained']);
    expect((heard.at(-1)?.atMs ?? 0) - stoppedMs).toBeLessThan(2_000);
  });

  it('passes on within 25 seconds when the leader falls silent, who knows it first', async () => {
    const { one, two, heard, story } = await replicas(await cluster());
    one.way.isCut = true;
    const cutMs = performance.now();
    await expect.poll(() => two.election.held, { timeout: 30_000, interval: 50 }).toBe(true);
    expect(story()).toEqual(['one gained', 'one lost', 'two gained']);
    expect((heard.at(-1)?.atMs ?? 0) - cutMs).toBeLessThan(25_000);
    one.way.isCut = false;
  });
});

function cluster(): Promise<string> {
  return theCluster().namespace('leadership');
}
