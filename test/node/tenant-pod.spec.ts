import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/client/index.js';
import * as sdk from '../../sdk/typescript/index.js';
import type { Tenant } from '../../sdk/typescript/index.js';
import { CHART } from '../chart/helm.js';
import { agentWhen, echoSpec, expectData, isRunning, tenantWhen, until } from '../support/api.js';
import { eatMemory, killNode } from './harm.js';
import { Install, NAMESPACE } from './install.js';
import { tagImage } from './machine-images.js';
import { runIn } from './prober.js';
import { type NodePod, TenantNode } from './tenant-node.js';

const MEBI = 1024 ** 2;
const QUOTA = { maxAgents: 5, cpu: '500m', memory: '192Mi' };
/** Prints what the kernel holds a container to, whichever version of control groups it has. */
const LIMITS = `
  const { existsSync, readFileSync } = require('node:fs');
  const root = '/sys/fs/cgroup/';
  const read = (...names) => names.filter((one) => existsSync(root + one))
    .map((one) => readFileSync(root + one, 'utf8').trim())[0];
  const memory = read('memory.max', 'memory/memory.limit_in_bytes');
  const cpu = read('cpu.max') ??
    read('cpu/cpu.cfs_quota_us') + ' ' + read('cpu/cpu.cfs_period_us');
  const [quota, period] = cpu.split(' ').map(Number);
  console.log(JSON.stringify({ memory: Number(memory), cpu: quota / period }));`;
/** Prints what the node itself was given, not what a command beside it is. */
const VARIABLES = `process.stdout.write(require('node:fs').readFileSync('/proc/1/environ', 'utf8'))`;

describe("a tenant's pod", () => {
  let install: Install;
  let client: Client;
  let hungry: TenantNode;
  let neighbour: TenantNode;

  beforeAll(async () => {
    install = await Install.ensure();
    client = await install.admin();
    [hungry, neighbour] = await Promise.all([tenantWith('Hungry'), tenantWith('Neighbour')]);
  });

  afterAll(async () => {
    for (const { tenant } of [hungry, neighbour].filter((one) => one !== undefined)) {
      await sdk.deleteTenant({ client, path: { id: tenant.id } });
    }
  });

  async function tenantWith(displayName: string): Promise<TenantNode> {
    const body = { displayName, resourceQuota: QUOTA };
    const { id } = expectData(await sdk.createTenant({ client, body }), 201);
    const tenant: Tenant = await tenantWhen(client, id, ({ ready }) => ready);
    const headers = { 'x-tenant-id': id };
    for (const name of ['greeter', 'sleeper']) {
      expectData(await sdk.createAgent({ client, headers, body: echoSpec(name) }), 201);
      await agentWhen(client, name, isRunning, { headers });
    }
    expectData(await sdk.pauseAgent({ client, headers, path: { name: 'sleeper' } }), 200);
    return new TenantNode(install, client, tenant);
  }

  it('is held to the Pod Security level of its namespace, and so is any other there', async () => {
    const { cluster } = install;
    const path = `/api/v1/namespaces/${hungry.tenant.crName}/pods`;
    const container = { name: 'any', image: 'any' };
    const refused: object[] = [
      { containers: [{ ...container, securityContext: { privileged: true } }] },
      { containers: [container], hostNetwork: true, hostPID: true },
      { containers: [container], volumes: [{ name: 'root', hostPath: { path: '/' } }] },
    ];
    for (const spec of refused) {
      const metadata = { name: 'any' };
      const body = { apiVersion: 'v1', kind: 'Pod', metadata, spec };
      const attempt = cluster.admin.send('POST', `${path}?dryRun=All`, { body });
      await expect(attempt).rejects.toThrow('violates PodSecurity "restricted:latest"');
    }
  });

  it('has what its quota says and no more, also of the kernel', async () => {
    const limits = JSON.parse(await runIn(install, hungry.place, LIMITS)) as object;
    expect(limits).toEqual({ memory: 192 * MEBI, cpu: 0.5 });
  });

  it('is replaced once for each change of a variable, which its agents see', async () => {
    const before = await hungry.revision();
    let former = (await hungry.pod()).metadata.name;
    for (const [at, value] of ['hello', 'good day'].entries()) {
      const path = { id: hungry.tenant.id, name: 'GREETING' };
      expectData(await sdk.setVariable({ client, path, body: { value } }), 200);
      const pod = await hungry.untilReplaced(former);
      const place = { namespace: hungry.tenant.crName, pod };
      expect((await runIn(install, place, VARIABLES)).split('\0')).toContain(`GREETING=${value}`);
      former = pod;
      await hungry.untilAnswering();
      expect(await hungry.revision()).toBe(before + at + 1);
    }
  });

  it('shows what it logged of an agent', async () => {
    const { headers } = hungry;
    const path = { name: 'greeter' };
    await hungry.untilAnswering();
    await until('the log tells of the run', async () => {
      const { lines } = expectData(await sdk.getAgentLogs({ client, headers, path }), 200);
      return lines.some(({ message }) => message === 'run finished');
    });
  });

  it('is ended when it takes more memory than it may, says so, and harms nobody', async () => {
    let isOver = false;
    const served = serveUntil(neighbour, () => isOver);
    try {
      await eatMemory(install, hungry.place);
      await hungry.untilRestarted(1);
      await hungry.untilAnswering();
    } finally {
      isOver = true;
    }
    const { answered, failed } = await served;
    expect(failed).toBe(0);
    expect(answered).toBeGreaterThan(0);
    expect(restartsOf(await neighbour.pod())).toBe(0);
    const [container] = (await hungry.pod()).status.containerStatuses;
    expect(container?.lastState.terminated?.reason).toBe('OOMKilled');
    const told = await until('the tenant tells of it', () => hungry.eventOf('OOMKilled'));
    expect(told.message).toContain('used more memory than it may have');
  });

  it('comes back with its agents as they were, after its process was killed', async () => {
    const before = await neighbour.pod();
    killNode(before);
    await neighbour.untilRestarted(1);
    await neighbour.untilAnswering();
    const after = await neighbour.pod();
    expect(after.metadata['uid']).toBe(before.metadata['uid']);
    await until('the agents are as they were', async () => {
      const { greeter, sleeper } = await neighbour.agentsOnNode();
      return greeter === 'deployed' && sleeper === 'paused';
    });
  });

  it('gets another image although its quota is full, and the former one again', async () => {
    for (const { tenant } of [hungry, neighbour]) {
      const path = `/api/v1/namespaces/${tenant.crName}/resourcequotas/nexus-quota`;
      const { status } = await install.cluster.admin.get<QuotaObject>(path);
      expect(status.used['limits.memory']).toBe(status.hard['limits.memory']);
    }
    const image = (await hungry.pod()).spec.containers[0]?.image ?? '';
    const other = image.replace(/:[^:]*$/, ':another');
    await tagImage(image, other);
    const release = ['nexus', '--namespace', NAMESPACE, '--wait', '--timeout', '120s'];
    const set = ['--reuse-values', '--set-string', 'settings.NEXUS_NODE_TAG=another'];
    await install.helm.must('upgrade', ...[...release, ...set].toSpliced(1, 0, CHART));
    await Promise.all([hungry, neighbour].map((one) => one.untilRunning(other)));
    await install.helm.must('rollback', ...release);
    await Promise.all([hungry, neighbour].map((one) => one.untilRunning(image)));
    for (const one of [hungry, neighbour]) await one.untilAnswering();
  });
});

interface QuotaObject {
  metadata: { name: string };
  status: { used: Record<string, string>; hard: Record<string, string> };
}

function restartsOf({ status }: NodePod): number {
  return status.containerStatuses[0]?.restartCount ?? 0;
}

/** Asks the agent of a tenant over and over. */
async function serveUntil(
  one: TenantNode,
  isOver: () => boolean,
): Promise<{ answered: number; failed: number }> {
  const counts = { answered: 0, failed: 0 };
  while (!isOver()) counts[(await one.answers()) ? 'answered' : 'failed']++;
  return counts;
}
