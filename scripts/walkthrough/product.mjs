// The product as a user starts it: `npm start`, here on a free port over a fresh folder.

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT } from '../toolchain.mjs';

const READY_WITHIN_MS = 15 * 60_000;
const STOP_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 50;

/**
 * @returns `ready`, which is kept when it serves; its `address` from then on; `restart()`, which
 *   starts it again over the same folder and tells after how many milliseconds it serves; and
 *   `stop()`, which tells whether it stopped cleanly every time
 */
export function startProduct() {
  const folder = mkdtempSync(path.join(tmpdir(), 'nexus-walkthrough-'));
  const cwd = packageIn(folder);
  let server;
  let stopped = false;
  let clean = true;
  let log = '';
  // npm goes before the server is done, so what counts is that nobody writes any more.
  let ended = Promise.resolve();

  async function start() {
    const port = await freePort();
    if (stopped) throw new Error('npm start was stopped');
    product.address = `http://127.0.0.1:${port}`;
    server = spawn('npm', ['start'], {
      cwd,
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
      env: { ...withoutSettings(process.env), ...settings(port, folder) },
    });
    ended = new Promise((resolve) => {
      server.once('close', resolve);
      server.once('error', resolve);
    });
    server.stdout.on('data', (data) => {
      log += data;
      process.stdout.write(data);
    });
    await untilReady(product.address, server);
  }

  async function restart() {
    await halt();
    const started = performance.now();
    await start();
    return performance.now() - started;
  }

  async function stop() {
    stopped = true;
    await halt();
    rmSync(folder, { recursive: true, force: true });
    return clean;
  }

  async function halt() {
    // The whole group, as a terminal does it.
    signalGroup(server, 'SIGINT');
    const timer = setTimeout(() => signalGroup(server, 'SIGKILL'), STOP_WITHIN_MS);
    await ended;
    clearTimeout(timer);
    clean &&= log.includes('"Stopped"');
    log = '';
  }

  const product = { address: '', ready: start(), restart, stop };
  return product;
}

/**
 * A folder that `npm start` takes for the checkout, and that has no `.env`: what a developer has
 * written down for a server of their own is not for this one.
 */
function packageIn(folder) {
  const place = path.join(folder, 'checkout');
  mkdirSync(place);
  for (const name of ['package.json', 'scripts']) {
    symlinkSync(path.join(ROOT, name), path.join(place, name));
  }
  return place;
}

/** Likewise without what they have set in their shell. */
function withoutSettings(environment) {
  const foreign = ([name]) => name === 'DATABASE_URL' || name.startsWith('NEXUS_');
  return Object.fromEntries(Object.entries(environment).filter((entry) => !foreign(entry)));
}

function settings(port, folder) {
  return {
    NEXUS_PORT: String(port),
    NEXUS_DATA_DIR: path.join(folder, 'data'),
    NEXUS_LOG_FORMAT: 'json',
  };
}

async function untilReady(address, server) {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!(await answers(`${address}/readyz`))) {
    if (server.exitCode !== null) throw new Error(`npm start ended with ${server.exitCode}`);
    if (Date.now() > deadline) throw new Error('npm start did not become ready');
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

async function answers(url) {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

function signalGroup(child, signal) {
  if (child?.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Nobody of it is left.
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
