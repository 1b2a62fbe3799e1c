// `npm start`: gets the checkout ready and runs the server in the foreground.

import { spawn } from 'node:child_process';
import path from 'node:path';
import { exitCodeOf } from './toolchain/exit-code.mjs';
import { ensureReady, NODE, ROOT } from './toolchain.mjs';

/** The database and name look-ups share libuv's threads. */
const LEAST_THREADS = 8;
/**
 * Half as much memory for the same work: young objects are swept more often, which costs little. So
 * small a space is swept faster by the thread that waits for it than together with others. Old ones
 * may grow by one and a half times of what lives before they are collected: the less often, the fewer
 * requests have to wait for it. They are marked by one thread beside the server's: several take every
 * core of a small machine for as long as that lasts, and requests, and a database on the same machine,
 * have to wait. What a busy time leaves is given back in a calm one (`spare-memory.ts`), by a
 * collection that has to be exposed. The bound is far above what the server needs.
 */
const FLAGS = [
  '--enable-source-maps',
  '--max-semi-space-size=8',
  '--no-parallel-scavenge',
  '--max-old-space-size=1500',
  '--concurrent-marking-max-worker-num=1',
  '--heap-growing-percent=150',
  '--expose-gc',
];
/** Each of those threads would keep memory of its own that it no longer uses. */
const MALLOC_ARENA_MAX = '2';

try {
  await ensureReady();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(error.exitCode ?? 1);
}

const threads = Math.max(LEAST_THREADS, Number(process.env.UV_THREADPOOL_SIZE) || 0);
// In place before it begins: a signal in between would leave it alone. Ctrl-C reaches the whole group
// of the terminal, so the server has it already; what is sent to this process alone is passed on.
process.on('SIGINT', () => {
  if (!process.stdin.isTTY) server.kill('SIGINT');
});
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => server.kill('SIGTERM'));

const server = spawn(NODE, [...FLAGS, path.join(ROOT, 'dist', 'main.js')], {
  stdio: 'inherit',
  env: { MALLOC_ARENA_MAX, ...process.env, UV_THREADPOOL_SIZE: String(threads) },
});

server.once('error', (error) => {
  process.stderr.write(`The server could not be started: ${error.message}\n`);
  process.exit(1);
});
server.once('exit', (code, signal) => process.exit(exitCodeOf(code, signal)));
