/** A server that is killed while the work on each of its tenants and agents stands where a test says. */
import { rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect } from 'vitest';
import { theAdmin } from '../../support/api.js';
import type { ApiClient } from '../api-client.js';
import type { KubeObject } from '../kube-objects.types.js';
import type { World } from '../provisioning/world.js';
import type { Fate } from './mortal-fates.js';

const HOOKS = pathToFileURL(path.resolve('test/support/typescript-hooks.mjs')).href;
const MORTAL = [
  '--experimental-transform-types',
  '--disable-warning=ExperimentalWarning',
  '--import',
  HOOKS,
  fileURLToPath(new URL('mortal-server.ts', import.meta.url)),
];
const STRUCK_WITHIN_MS = 60_000;

/**
 * Lets another server do work that is cut off as `work` says, kills it once everything stands
 * where it was to be cut off, and starts the ordinary one again.
 *
 * @param work asks for it, and gives the fates by what they are of
 */
export async function strike(world: World, work: () => Promise<Map<string, Fate>>): Promise<void> {
  const { server } = world;
  await server.stop();
  const file = path.join(server.dataDir, `fates-${server.lines.length}.json`);
  const first = server.lines.length;
  server.enter(...MORTAL);
  await server.run({ MORTAL_FATES: file });
  world.admin = await theAdmin(server);
  const fates = await work();
  await writeFile(`${file}.new`, JSON.stringify(Object.fromEntries(fates)));
  await rename(`${file}.new`, file);
  const spared = (): string[] => {
    const met = server.lines
      .slice(first)
      .flatMap((line) => /^{"met":"([^"]+)"/.exec(line)?.[1] ?? []);
    return [...fates.keys()].filter((subject) => !met.includes(subject));
  };
  await expect.poll(spared, { timeout: STRUCK_WITHIN_MS }).toEqual([]);
  await server.kill();
  await giveLeaseUp(world);
  server.enter();
  await server.run();
  world.admin = await theAdmin(server);
}

/** The lease of one that was killed ends after 15 s; these are of another test. */
async function giveLeaseUp({ cluster, namespace }: World): Promise<void> {
  const leases = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
  await cluster.admin.delete(`${leases}/nexus-controller`);
}

const INSIDE = [
  '/api/v1/namespaces/NS/resourcequotas',
  '/api/v1/namespaces/NS/limitranges',
  '/api/v1/namespaces/NS/serviceaccounts',
  '/api/v1/namespaces/NS/secrets',
  '/api/v1/namespaces/NS/services',
  '/apis/networking.k8s.io/v1/namespaces/NS/networkpolicies',
  '/apis/apps/v1/namespaces/NS/deployments',
  '/apis/nexus.astromesh.io/v1alpha1/namespaces/NS/nexusagents',
];
/** Made by others, under names of theirs: they are counted. */
const COUNTED = ['/apis/apps/v1/namespaces/NS/replicasets', '/api/v1/namespaces/NS/pods'];
/** What differs between two of a kind that are alike. */
const OWN = new Set([
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'managedFields',
  'lastTransitionTime',
  'lastSyncedAt',
  'lastUpdateTime',
  'clusterIP',
  'clusterIPs',
  // The Deployment's names its ReplicaSet.
  'message',
]);

/** Everything that a tenant is made of, in words that are the same for two that are alike. */
export async function portraitOf(
  admin: ApiClient,
  resource: string,
  { id, crName }: { id: string; crName: string },
): Promise<object> {
  const list = (where: string) => admin.list(where.replace('NS', crName));
  const [own, inside, counted] = await Promise.all([
    Promise.all([admin.find(`/api/v1/namespaces/${crName}`), admin.find(resource)]),
    Promise.all(INSIDE.map(list)),
    Promise.all(COUNTED.map(list)),
  ]);
  const text = JSON.stringify([...own, ...inside.map(byName)], (key, value: unknown) =>
    OWN.has(key) ? undefined : value,
  );
  return {
    objects: JSON.parse(text.replaceAll(crName, 'NAME').replaceAll(id, 'ID')) as unknown,
    made: counted.map(({ length }) => length),
  };
}

function byName(objects: readonly KubeObject[]): KubeObject[] {
  return objects.toSorted((a, b) => a.metadata.name.localeCompare(b.metadata.name));
}
