// `npm run walkthrough`: starts the product with `npm start` on a free port over a fresh folder and
// plays the README's walkthrough against it. Each `sh` block is run in one shell, in order; a
// `json` or `text` block right after it is what it must print, ids, times and tokens masked.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './toolchain.mjs';
import { blocksOf, difference } from './walkthrough/blocks.mjs';

const HEADING = 'Walkthrough';
const ADDRESS = 'http://127.0.0.1:8080';
const READY_WITHIN_MS = 15 * 60_000;
const BLOCK_WITHIN_MS = 60_000;

/** Plays every block; gives how many did what the README says. */
export async function play(markdown, address) {
  const blocks = blocksOf(markdown, HEADING);
  const shell = openShell();
  const totals = { passed: 0, failed: 0 };
  for (const { commands, expected, line } of blocks) {
    const { output, code } = await shell.run(commands.replaceAll(ADDRESS, address));
    const fault = code === 0 ? difference(expected, output) : `it ended with ${code}:\n${output}`;
    totals[fault === undefined ? 'passed' : 'failed']++;
    const told = fault === undefined ? 'ok' : `NOT as shown: ${fault}`;
    process.stdout.write(`README.md:${line} ${told}\n`);
  }
  shell.close();
  if (blocks.length === 0) throw new Error(`README.md has no block under "${HEADING}"`);
  return totals;
}

/** One shell for all blocks, so that variables last. */
function openShell() {
  const bash = spawn('bash', ['--noprofile', '--norc'], {
    cwd: ROOT,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let text = '';
  let heard = () => undefined;
  for (const stream of [bash.stdout, bash.stderr]) {
    stream.on('data', (data) => {
      text += data;
      heard();
    });
  }
  const run = (commands) =>
    new Promise((resolve) => {
      const mark = `--- done ${Math.random().toString(36).slice(2)}`;
      const finish = (output, code) => {
        clearTimeout(timer);
        heard = () => undefined;
        text = '';
        resolve({ output, code });
      };
      const timer = setTimeout(() => finish(`${text}\n(no end in sight)`, -1), BLOCK_WITHIN_MS);
      heard = () => {
        const match = new RegExp(`\\n?${mark} (\\d+)\\n`).exec(text);
        if (match !== null) finish(text.slice(0, match.index), Number(match[1]));
      };
      bash.stdin.write(`${commands}\nprintf '\\n%s %s\\n' '${mark}' $?\n`);
    });
  return { run, close: () => bash.stdin.end('exit\n') };
}

/** Starts the product and waits until it serves. */
async function startProduct() {
  const port = await freePort();
  const folder = mkdtempSync(path.join(tmpdir(), 'nexus-walkthrough-'));
  const server = spawn('npm', ['start'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
    env: { ...process.env, NEXUS_PORT: String(port), NEXUS_DATA_DIR: path.join(folder, 'data') },
  });
  let log = '';
  server.stdout.on('data', (data) => {
    log += data;
    process.stdout.write(data);
  });
  // npm goes before the server is done, so what counts is that nobody writes any more.
  const ended = new Promise((resolve) => server.once('close', resolve));
  const stop = async () => {
    // The whole group, as a terminal does it.
    if (server.exitCode === null) process.kill(0 - (server.pid ?? 0), 'SIGINT');
    await ended;
    rmSync(folder, { recursive: true, force: true });
    return log.includes('"Stopped"');
  };
  const address = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!(await answers(`${address}/readyz`))) {
    if (server.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error('npm start did not become ready');
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return { address, stop };
}

async function answers(url) {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
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

async function main() {
  const product = await startProduct();
  let totals = { passed: 0, failed: 1 };
  try {
    totals = await play(readFileSync(path.join(ROOT, 'README.md'), 'utf8'), product.address);
  } catch (error) {
    process.stdout.write(`${error.message}\n`);
  }
  const stopped = await product.stop();
  if (!stopped) process.stdout.write('The server did not stop cleanly\n');
  totals[stopped ? 'passed' : 'failed']++;
  process.stdout.write(`walkthrough: ${totals.passed} passed, ${totals.failed} failed\n`);
  process.exit(totals.failed > 0 ? 1 : 0);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
