/** The entry point as a real process: transpiled, started, spoken to and stopped. */
import { spawn, type ChildProcess } from 'node:child_process';
import { glob, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  agentConfig,
  callNode,
  temporaryFolder,
  until,
} from '../../test/support/reference-node.js';

const ROOT = resolve(import.meta.dirname, '../..');
const SOURCES = ['src/node/**/*.ts', 'src/platform/{clock,errors}/*.ts'];

interface Process {
  child: ChildProcess;
  /** The lines of stdout so far. */
  lines: Record<string, unknown>[];
  url(): string;
  exit: Promise<number | null>;
}

let build = '';

beforeAll(async () => {
  build = await mkdtemp(join(tmpdir(), 'nexus-node-build-'));
  await symlink(join(ROOT, 'node_modules'), join(build, 'node_modules'));
  await writeFile(join(build, 'package.json'), '{"type":"module"}');
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2024 };
  for await (const file of glob(SOURCES, { cwd: ROOT })) {
    const source = await readFile(join(ROOT, file), 'utf8');
    const target = join(build, file).replace(/\.ts$/, '.js');
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, ts.transpileModule(source, { compilerOptions }).outputText);
  }
}, 60_000);

afterAll(() => rm(build, { recursive: true, force: true, maxRetries: 5 }));

function start(args: string[], env: Record<string, string> = {}): Process {
  const main = join(build, 'src/node/main.js');
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  const lines: Record<string, unknown>[] = [];
  child.stdout?.on('data', (piece: Buffer) => {
    const parts = (text + piece.toString()).split('\n');
    text = parts.pop() ?? '';
    lines.push(...parts.map((line) => JSON.parse(line) as Record<string, unknown>));
  });
  const exit = new Promise<number | null>((done) => child.on('close', done));
  return { child, lines, exit, url: () => String(lines[0]?.['url']) };
}

async function listening(node: Process): Promise<void> {
  await until(() => node.lines.some(({ message }) => message === 'agents loaded'));
}

describe('the node as a process', () => {
  it('tells its port, keeps agents over a SIGKILL, and stops on SIGTERM with 0', async () => {
    const dir = await temporaryFolder();
    const first = start(['--port', '0', '--dir', dir]);
    await listening(first);
    expect(first.lines[0]).toMatchObject({
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
      level: 'info',
      message: 'node listening',
      host: '127.0.0.1',
      role: 'full',
      pid: first.child.pid,
    });
    await callNode(first.url(), 'POST', '/v1/agents', agentConfig('a'));
    await callNode(first.url(), 'POST', '/v1/agents/a/deploy');
    first.child.kill('SIGKILL');
    await first.exit;
    const second = start([], {
      NEXUS_NODE_PORT: '0',
      NEXUS_NODE_DIR: dir,
      ASTROMESH_ROLE: 'worker',
    });
    await listening(second);
    expect((await callNode(second.url(), 'GET', '/v1/agents')).body).toMatchObject({
      agents: [{ name: 'a', status: 'deployed' }],
    });
    const run = await callNode(second.url(), 'POST', '/v1/agents/a/run', { query: 'hi' });
    expect(run.body).toMatchObject({ answer: 'echo: hi' });
    second.child.kill('SIGTERM');
    expect(await second.exit).toBe(0);
    expect(second.lines.at(-1)).toMatchObject({ message: 'node stopped', signal: 'SIGTERM' });
  }, 30_000);

  it('stops on SIGINT as well, and twice does no harm', async () => {
    const node = start(['--port', '0', '--dir', await temporaryFolder()]);
    await listening(node);
    node.child.kill('SIGINT');
    node.child.kill('SIGINT');
    expect(await node.exit).toBe(0);
  }, 30_000);

  it.each([
    ['an unknown role', ['--port', '0'], { ASTROMESH_ROLE: 'boss' }, 'ASTROMESH_ROLE'],
    ['an unknown option', ['--colour', 'red'], {}, 'colour'],
    ['a folder that is a file', ['--port', '0', '--dir', '/dev/null'], {}, 'ENOTDIR'],
  ])('exits 1 and says why for %s', async (_what, args, env, reason) => {
    const node = start(args, env);
    expect(await node.exit).toBe(1);
    expect(node.lines.at(-1)).toMatchObject({
      level: 'error',
      message: 'node could not start',
      error: expect.stringContaining(reason),
    });
  });
});
