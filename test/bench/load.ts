/** The process that makes load: reads one `Load` from its input, writes one `LoadResult`. */
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import autocannon from 'autocannon';
import type { ClosedLoop, FixedRate, Load, LoadResult } from './load.types.js';
import { percentile } from './measured.js';

const load = JSON.parse(await text(process.stdin)) as Load;
const result = load.kind === 'closed' ? await closedLoop(load) : await fixedRate(load);
process.stdout.write(JSON.stringify(result));
process.exit(0);

async function closedLoop(job: ClosedLoop): Promise<LoadResult> {
  const { url, connections, method, headers, paths, seconds, amount } = job;
  const done = await autocannon({
    url,
    connections,
    method,
    headers,
    ...(seconds === undefined ? {} : { duration: seconds }),
    ...(amount === undefined ? {} : { amount }),
    requests: job.body === undefined ? paths.map((path) => ({ path })) : [numbered(job, job.body)],
  });
  const answered = done['2xx'];
  return {
    perSecond: answered / done.duration,
    answered,
    failed: done.non2xx + done.errors,
    p50: done.latency.p50,
    p99: done.latency.p99,
  };
}

/** A request that is another one each time. */
function numbered({ paths, tenants, from = 0 }: ClosedLoop, template: string): autocannon.Request {
  let n = from;
  const [path = '/'] = paths;
  return {
    path,
    setupRequest: (made) => {
      const tenant = tenants?.[n % tenants.length];
      const headers = { ...made.headers, ...(tenant !== undefined && { 'x-tenant-id': tenant }) };
      return { ...made, headers, body: template.replaceAll('{n}', String(n++)) };
    },
  };
}

async function fixedRate(job: FixedRate): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: job.connections });
  const wanted = Math.round(job.perSecond * job.seconds);
  const taken: number[] = [];
  const pending: Promise<boolean>[] = [];
  const started = performance.now();
  while (pending.length < wanted) {
    const due = Math.min(wanted, ((performance.now() - started) * job.perSecond) / 1000);
    while (pending.length < due) {
      const arrivedMs = started + (pending.length * 1000) / job.perSecond;
      pending.push(ask(job, agent, pending.length, arrivedMs, taken));
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const answers = await Promise.all(pending);
  const tookMs = performance.now() - started;
  agent.destroy();
  const answered = answers.filter(Boolean).length;
  return {
    perSecond: (answered * 1000) / tookMs,
    answered,
    failed: answers.length - answered,
    p50: percentile(taken, 0.5),
    p99: percentile(taken, 0.99),
  };
}

/** One request; notes how long after its arrival it was answered. */
function ask(
  { url, method, headers, paths, body }: FixedRate,
  agent: Agent,
  n: number,
  arrivedMs: number,
  taken: number[],
): Promise<boolean> {
  const target = `${url}${paths[n % paths.length] ?? '/'}`;
  return new Promise((resolve) => {
    const asked = request(target, { method, headers, agent }, (response) => {
      response.resume();
      response.once('close', () => {
        taken.push(performance.now() - arrivedMs);
        resolve(response.complete && (response.statusCode ?? 500) < 300);
      });
    });
    asked.once('error', () => resolve(false));
    asked.end(body);
  });
}
