/** `npm run bench:node`: what an install uses of its machine, by the account of its pod. */
import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/client/index.js';
import * as sdk from '../../sdk/typescript/index.js';
import { type Measured, reported, table } from '../bench/measured.js';
import { echoSpec, expectData, tenantWhen } from '../support/api.js';
import { until } from '../support/until.js';
import { usageOf } from './control-group.js';
import { Install, NAMESPACE } from './install.js';

const TENANTS = 10;
const AGENTS_EACH = 20;
/** The minute after some work, and each minute from then on. */
const MINUTE_MS = 60_000;
/** Ten nodes that start at once have two cores to share. */
const PATIENCE_MS = 300_000;
const LOOK_EVERY_MS = 250;
const SERVERS = `/api/v1/namespaces/${NAMESPACE}/pods?labelSelector=app.kubernetes.io%2Fcomponent%3Dserver`;

/** What was used in a while. */
interface Spell {
  seconds: number;
  cpuSeconds: number;
  peakMib: number;
}

async function spell(pod: string, work: () => Promise<unknown>): Promise<Spell> {
  const before = usageOf(pod);
  const began = performance.now();
  let peakMib = before.memoryMib;
  const timer = setInterval(() => {
    peakMib = Math.max(peakMib, usageOf(pod).memoryMib);
  }, LOOK_EVERY_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  const seconds = (performance.now() - began) / 1000;
  return { seconds, cpuSeconds: usageOf(pod).cpuSeconds - before.cpuSeconds, peakMib };
}

async function ready(client: Client, displayName: string): Promise<string> {
  const { id } = expectData(await sdk.createTenant({ client, body: { displayName } }), 201);
  await tenantWhen(client, id, (tenant) => tenant.ready, PATIENCE_MS);
  return id;
}

async function deploy(client: Client, tenantId: string): Promise<void> {
  const headers = { 'x-tenant-id': tenantId };
  for (let n = 0; n < AGENTS_EACH; n++) {
    expectData(await sdk.createAgent({ client, headers, body: echoSpec(`agent-${n}`) }), 201);
  }
  await until(
    `the agents of ${tenantId} run`,
    async () => {
      const agents = expectData(await sdk.listAgents({ client, headers }), 200);
      return agents.length === AGENTS_EACH && agents.every(({ phase }) => phase === 'Running');
    },
    PATIENCE_MS,
  );
}

interface Spells {
  tenants: Spell;
  agents: Spell;
  after: Spell;
  rest: Spell;
  endMib: number;
}

function rows({ tenants, agents, after, rest, endMib }: Spells): Measured[] {
  const of = (what: string, { seconds, cpuSeconds, peakMib }: Spell): Measured[] => [
    { name: `${what}, after`, value: seconds, unit: 's' },
    { name: `${what}: processor time`, value: cpuSeconds, unit: 's' },
    { name: `${what}: most memory`, value: peakMib, unit: 'MiB' },
  ];
  const all = TENANTS * AGENTS_EACH;
  const what = `${all} agents on ${TENANTS} nodes`;
  const share = ({ cpuSeconds, seconds }: Spell): number => (cpuSeconds / seconds) * 100;
  return [
    ...of(`${TENANTS} tenants to Ready`, tenants),
    ...of(`${all} agents to Running`, agents),
    { name: `${what}, the minute after: CPU`, value: share(after), unit: '% of a core' },
    { name: `${what}, the next minute: CPU`, value: share(rest), unit: '% of a core' },
    { name: `${what}, the next minute: most memory`, value: rest.peakMib, unit: 'MiB' },
    { name: `${what}, at its end: memory`, value: endMib, unit: 'MiB' },
  ];
}

it('tells what the control plane uses', { timeout: 900_000 }, async () => {
  const install = await Install.ensure();
  const [server] = await install.cluster.admin.list(SERVERS);
  const pod = server?.metadata.uid ?? '';
  const client = await install.admin();
  let ids: string[] = [];
  const tenants = await spell(pod, async () => {
    const made = Array.from({ length: TENANTS }, (_, n) => ready(client, `Tenant ${n}`));
    ids = await Promise.all(made);
  });
  const agents = await spell(pod, () => Promise.all(ids.map((id) => deploy(client, id))));
  const minute = () => spell(pod, () => new Promise((resolve) => setTimeout(resolve, MINUTE_MS)));
  const after = await minute();
  const rest = await minute();
  const endMib = usageOf(pod).memoryMib;
  const measured = rows({ tenants, agents, after, rest, endMib }).map(reported);
  process.stdout.write(`\n${table(new Map([['SQLite', measured]]))}\n`);
  const file = process.env['NEXUS_BENCH_JSON'];
  if (file !== undefined) writeFileSync(file, `${JSON.stringify(measured, null, 2)}\n`);
  expect(ids).toHaveLength(TENANTS);
});
