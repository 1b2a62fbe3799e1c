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
  // Nothing that grows while it is measured: sweeping it up would hold the requests that are due.
  const taken = new Float64Array(wanted);
  const over = Promise.withResolvers<void>();
  let [asked, ended, answered] = [0, 0, 0];
  const started = performance.now();
  const ask = (n: number): void =>
    sockets.ask(texts[n % texts.length] ?? '', (status) => {
      // From when it was due, so that waiting for a socket counts.
      taken[n] = performance.now() - started - (n * 1000) / job.perSecond;
      if (status >= 200 && status < 300) answered++;
      if (++ended === wanted) over.resolve();
    });
  while (asked < wanted) {
    const due = Math.min(wanted, ((performance.now() - started) * job.perSecond) / 1000);
    while (asked < due) ask(asked++);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await over.promise;
  const tookMs = performance.now() - started;
  sockets.close();
  return {
    perSecond: (answered * 1000) / tookMs,
    answered,
    failed: wanted - answered,
    p50: percentile(taken, 0.5),
    p99: percentile(taken, 0.99),
  };
}
