// What `helm test` runs in a pod that is fenced as tenants' pods are: it must find names, and must not
// reach what is told as `what=host:port`. A network may need a while until a new pod is fenced.

import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';

const PATIENCE_MS = 15_000;
const ATTEMPT_MS = 2_000;

const NO_NAMES = `Names are not found from behind the fence, so tenants' pods cannot find any either: only
the namespace kube-system is open to them for DNS. Where a DNS server has an address of the machine,
such as that of NodeLocal DNSCache, name it in settings.NEXUS_EGRESS_CIDRS.`;

const targets = process.argv.slice(1).map((text) => {
  const [, what, host, port] = /^(.*)=(.*):(\d+)$/.exec(text);
  return { what, host, port: Number(port) };
});
const deadline = Date.now() + PATIENCE_MS;

let unknown = await withoutName();
while (unknown !== undefined && Date.now() < deadline) unknown = await withoutName();
if (unknown !== undefined) fail(`${unknown}\n${NO_NAMES}`);

let open = await reached();
while (open.length > 0 && Date.now() < deadline) open = await reached();
if (open.length > 0) fail(`${open.map((one) => `Reached: ${one}\n`).join('')}${process.env.NOT_ENFORCED}`);
process.stdout.write(`Fenced off from ${targets.map(({ what }) => what).join(', ')}\n`);

/** Why a name is not found; undefined when all are. */
async function withoutName() {
  for (const { host } of targets) {
    const error = await lookup(host).then(
      () => undefined,
      (thrown) => thrown,
    );
    if (error !== undefined) return `${host}: ${error.code}`;
  }
  return undefined;
}

/** What answers, in words. */
async function reached() {
  const outcomes = await Promise.all(targets.map(answers));
  return targets
    .filter((_, at) => outcomes[at])
    .map(({ what, host, port }) => `${what} (${host}, port ${port})`);
}

function answers({ host, port }) {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (answered) => {
      socket.destroy();
      resolve(answered);
    };
    socket.setTimeout(ATTEMPT_MS, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}

function fail(why) {
  process.stderr.write(`${why}\n`);
  process.exit(1);
}
