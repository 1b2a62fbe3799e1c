/** Which of several servers leads, and its process on the machine. */
import { globSync, readFileSync } from 'node:fs';
import type { KubeObject } from '../cluster/kube-objects.types.js';
import { until } from '../support/until.js';
import type { Install, ServerPod } from './install.js';

const SERVER = '/opt/nexus/dist/main.js';

interface Lease extends KubeObject {
  spec: { holderIdentity?: string };
}

/** Whoever holds the Lease; empty when it is free. */
export async function leaderOf({ cluster, place }: Install): Promise<string> {
  const leases = `/apis/coordination.k8s.io/v1/namespaces/${place.namespace}/leases`;
  const lease = await cluster.admin.find<Lease>(`${leases}/nexus-controller`);
  return lease?.spec.holderIdentity ?? '';
}

/** Kills the server that leads; gives the name of its pod. */
export async function killLeader(install: Install): Promise<string> {
  const pod = await until('somebody leads', async () => {
    const holder = await leaderOf(install);
    return (await install.pods()).find(({ metadata: { name } }) => holder.startsWith(`${name}_`));
  });
  process.kill(serverIn(pod), 'SIGKILL');
  return pod.metadata.name;
}

function serverIn({ metadata: { uid, name } }: ServerPod): number {
  const found = globSync('/proc/[0-9]*/cgroup').find((file) => {
    try {
      const words = readFileSync(file.replace(/cgroup$/, 'cmdline'), 'utf8');
      return words.includes(SERVER) && readFileSync(file, 'utf8').includes(uid);
    } catch {
      // It has ended meanwhile.
      return false;
    }
  });
  if (found === undefined) throw new Error(`${name} runs no server`);
  return Number(found.split('/')[2]);
}
