import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../../test/support/manual-clock.js';
import { tenantRow } from '../../../../test/support/rows.js';
import {
  listOf,
  PlainConnection,
  ScriptedApiServer,
} from '../../../../test/support/scripted-api-server.js';
import { recordingLogger } from '../../../../test/support/silent-logger.js';
import { soon } from '../../../../test/support/soon.js';
import { clusterSettings } from '../../../../test/support/tenant-wish.js';
import { NodesConfig } from '../../../config/nodes.config.js';
import { NodeClient } from '../../../nodes/node-client.service.js';
import { Controller } from '../../../platform/controller/controller.js';
import {
  DONE,
  type Pass,
  Reconciler,
  type Result,
} from '../../../platform/controller/reconciler.js';
import { ClusterRequests } from '../../../platform/kubernetes/cluster-requests.js';
import { KubernetesApi } from '../../../platform/kubernetes/kubernetes-api.js';
import { Reachability } from '../../../platform/kubernetes/reachability.js';
import { Metrics } from '../../../platform/metrics/metrics.js';
import { NO_VARIABLES } from '../../../tenants/node-variables.service.js';
import type { AppliedObject } from '../../resources/applied-object.js';
import { appliedObjects } from './applied-objects.js';
import { LiveCluster } from './cluster.js';
import { OWNED_KINDS } from './cluster-kinds.js';
import { KubernetesDriver } from './kubernetes.driver.js';
import { wishOfTenant } from './wish-of-tenant.js';

/** The kinds that tenants are made of, their pods and their two resources. */
const FOLLOWED = OWNED_KINDS.length + 3;
const MINUTE_MS = 60_000;
const settings = clusterSettings();
const tenants = ['a', 'b'].map((name) => tenantRow({ id: `t_${name}`, crName: `tenant-${name}` }));

/** Looks at a tenant, as the first step of every pass does. */
class Looker extends Reconciler {
  override readonly name = 'tenant';
  readonly seen: string[] = [];

  constructor(private readonly driver: KubernetesDriver) {
    super();
  }

  override async reconcile(id: string, { signal }: Pass): Promise<Result> {
    const tenant = tenants.find((one) => one.id === id);
    if (tenant === undefined) throw new Error(`there is no tenant ${id}`);
    const { drift = [] } = await this.driver.observe(tenant, NO_VARIABLES, signal);
    this.seen.push([id, ...drift].join(' '));
    return DONE;
  }
}

let server: ScriptedApiServer;
let connection: PlainConnection;
let clock: ManualClock;
let driver: KubernetesDriver;
let metrics: Metrics;
let looker: Looker;
let controller: Controller;
/** The objects of the cluster, by the plural of their kind. */
let objects: Map<string, AppliedObject[]>;
const { logger, lines } = recordingLogger();

function objectsOf(tenant: (typeof tenants)[number]): AppliedObject[] {
  return appliedObjects(wishOfTenant(tenant, NO_VARIABLES, undefined), settings).map((object) => {
    const { metadata } = object;
    const uid = `${metadata.namespace} ${object.kind} ${metadata.name}`;
    return { ...object, metadata: { ...metadata, uid, resourceVersion: '1' } };
  });
}

function deploymentOf(namespace: string): AppliedObject {
  const found = objects
    .get('deployments')
    ?.find(({ metadata }) => metadata.namespace === namespace);
  if (found === undefined) throw new Error(`${namespace} has no Deployment`);
  return found;
}

beforeEach(async () => {
  const all = tenants.flatMap(objectsOf);
  objects = new Map(
    OWNED_KINDS.map(({ kind, plural }) => [plural, all.filter((one) => one.kind === kind)]),
  );
  server = await ScriptedApiServer.start();
  server.answer = ({ path }) =>
    listOf(objects.get(path.split('/').at(-1) ?? '') ?? [], { resourceVersion: '10' });
  connection = new PlainConnection(server.url);
  clock = new ManualClock();
  lines.length = 0;
  const api = new KubernetesApi(new ClusterRequests(connection), 'test');
  const cluster = new LiveCluster(
    { connection, api, reach: new Reachability() },
    settings,
    clock,
    logger,
  );
  driver = new KubernetesDriver(
    cluster,
    new NodeClient(new NodesConfig({} as never)),
    clock,
    logger,
  );
  looker = new Looker(driver);
  metrics = new Metrics();
  const observer = metrics.controllers;
  controller = new Controller(looker, clock, logger, { workers: 4, deadlineMs: 30_000, observer });
  controller.start();
  await driver.open((id) => controller.wake(id));
  for (const { id } of tenants) controller.wake(id);
});

afterEach(async () => {
  await controller.stop();
  await driver.close();
  connection.close();
  await server.stop();
});

/** Waits until every kind was followed so many times. */
const followed = (times: number) => soon(() => server.watches.length === times * FOLLOWED);

/** The last watch of each kind. */
const openWatches = () => server.watches.slice(-FOLLOWED);

/** Waits until all is followed and looked at, and forgets what was seen. */
async function allSeen(): Promise<void> {
  await followed(1);
  await soon(() => tenants.every(({ id }) => looker.seen.includes(id)));
  // What the lists told has woken each several times.
  await new Promise((resolve) => setTimeout(resolve, 50));
  looker.seen.length = 0;
}

/** Tells of a Deployment over the watch of its kind. */
function tell(type: string, object: object): void {
  const watch = openWatches().find(({ path }) => path.endsWith('/deployments'));
  watch?.send(type, object);
}

describe('a cluster as it is followed', () => {
  it('is known as before after an hour in which nothing but bookmarks came', async () => {
    await allSeen();
    for (let minute = 1; minute <= 60; minute++) {
      for (const watch of openWatches()) watch.bookmark(String(100 + minute));
      await new Promise((resolve) => setTimeout(resolve, 10));
      await clock.advance(MINUTE_MS);
      if (minute % 5 !== 0) continue;
      // The server ends watches after five to ten minutes.
      for (const watch of openWatches()) watch.end();
      await followed(1 + minute / 5);
    }
    expect(server.lists).toHaveLength(FOLLOWED);
    expect(server.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
    const resumed = openWatches().map(({ query }) => query.get('resourceVersion'));
    expect(resumed).toEqual(Array.from({ length: FOLLOWED }, () => '160'));
    expect(looker.seen).toEqual([]);

    const live = deploymentOf('tenant-a');
    tell('MODIFIED', {
      ...live,
      metadata: { ...live.metadata, resourceVersion: '161' },
      spec: { ...(live['spec'] as object), replicas: 7 },
    });
    await soon(() => looker.seen.length > 0);
    expect(looker.seen).toEqual(['t_a Deployment astromesh-node: spec.replicas']);
  });
});

describe('a pass that throws over one object', () => {
  it('comes again after its back-off, counted and told, while the others go on', async () => {
    await allSeen();
    const live = deploymentOf('tenant-a');
    // No API server writes that; whoever reads it falls over it.
    tell('MODIFIED', {
      ...live,
      metadata: { ...live.metadata, resourceVersion: '11' },
      status: null,
    });
    const errors = async (): Promise<number> => {
      const metric = metrics.registry.getSingleMetric('controller_runtime_reconcile_errors_total');
      return (await metric?.get())?.values[0]?.value ?? 0;
    };
    await soon(async () => (await errors()) === 1);
    for (const [count, delayMs] of [
      [2, 10],
      [3, 20],
      [4, 40],
    ] as const) {
      // With up to half of it on top.
      await clock.advance(delayMs * 0.75);
      await soon(async () => (await errors()) === count);
    }
    const failed = lines.filter((line) => line.includes('"Reconcile failed"'));
    expect(failed.at(-1)).toMatch(/"level":"warn".*"key":"t_a".*TypeError/);

    const other = deploymentOf('tenant-b');
    tell('MODIFIED', { ...other, metadata: { ...other.metadata, resourceVersion: '12' } });
    await soon(() => looker.seen.length > 0);
    expect(looker.seen).toEqual(['t_b']);
    tell('MODIFIED', { ...live, metadata: { ...live.metadata, resourceVersion: '13' } });
    await soon(() => looker.seen.at(-1) === 't_a');
    const before = await errors();
    await clock.advance(MINUTE_MS);
    expect(await errors()).toBe(before);
  });
});
