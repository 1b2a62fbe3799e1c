/** The process that makes load: reads one `Load` from its input, writes one `LoadResult`. */
import { text } from 'node:stream/consumers';
import autocannon from 'autocannon';
import { KeepAlive, requestText } from './keep-alive.js';
import type { ClosedLoop, FixedRate, Load, LoadResult } from './load.types.js';
import { percentile } from './measured.js';

const load = JSON.parse(await text(process.stdin)) as Load;
const result = load.kind === 'closed' ? await closedLoop(load) : await fixedRate(load);
process.stdout.write(JSON.stringify(result));
process.exit(0);

async function closedLoop(job: ClosedLoop): Promise<LoadResult> {
  neverSleep();
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

/**
 * Keeps this process awake. One that sleeps is woken by each answer that the server writes, on the
 * server's time, which took about a sixth of its rate on a machine with two cores.
 */
function neverSleep(): void {
  setImmediate(neverSleep);
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
  const sockets = new KeepAlive(job.url, job.connections);
  await sockets.connected();
  const { method, headers, body } = job;
  const texts = job.paths.map((path) => requestText(job.url, { method, path, headers, body }));
  const wanted = Math.round(job.perSecond * job.seconds);
  const taken: number[] = [];
  const pending: Promise<boolean>[] = [];
  const started = performance.now();
  const ask = async (n: number): Promise<boolean> => {
    const status = await sockets.ask(texts[n % texts.length] ?? '');
    // From when it was due, so that waiting for a socket counts.
    taken.push(performance.now() - started - (n * 1000) / job.perSecond);
    return status >= 200 && status < 300;
  };
  while (pending.length < wanted) {
    const due = Math.min(wanted, ((performance.now() - started) * job.perSecond) / 1000);
    while (pending.length < due) pending.push(ask(pending.length));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const answers = await Promise.all(pending);
  const tookMs = performance.now() - started;
  sockets.close();
  const answered = answers.filter(Boolean).length;
  return {
    perSecond: (answered * 1000) / tookMs,
    answered,
    failed: answers.length - answered,
    p50: percentile(taken, 0.5),
    p99: percentile(taken, 0.99),
  };
}
