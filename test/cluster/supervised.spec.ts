import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { runs } from '../support/processes.js';
import { until } from '../support/until.js';
import { Supervised } from './supervised.js';
import type { Notice } from './supervised.types.js';

const SLEEP = ['sleep', '600'];
/** Adds its name to a file when it is told to stop, after a moment. */
const noting = (file: string, name: string): string[] => [
  'sh',
  '-c',
  `trap 'sleep 0.2; echo ${name} >>${file}; exit' TERM; touch ${file}.${name}; while :; do sleep 0.05; done`,
];

async function begin(): Promise<{ programs: Supervised; at: { cwd: string; log: string } }> {
  const programs = await Supervised.begin('supervised-spec');
  onTestFinished(() => programs.end());
  const { folder } = programs;
  return { programs, at: { cwd: folder, log: path.join(folder, 'log') } };
}

it('starts programs, keeps what they say, and tells of their ends', async () => {
  const { programs, at } = await begin();
  const notices: Notice[] = [];
  programs.onExit((notice) => notices.push(notice));
  await programs.start({ name: 'a', command: ['sh', '-c', 'echo said; exit 3'], rank: 1, ...at });
  await until('it has ended', async () => notices.length > 0);
  expect(notices).toEqual([{ exited: 'a', code: 3, signal: null }]);
  expect(await readFile(at.log, 'utf8')).toBe('said\n');
});

it('refuses a second one of a name, and one that is not there', async () => {
  const { programs, at } = await begin();
  await programs.start({ name: 'a', command: SLEEP, rank: 1, ...at });
  const again = programs.start({ name: 'a', command: SLEEP, rank: 1, ...at });
  await expect(again).rejects.toThrow('a cannot be started now');
  const absent = programs.start({ name: 'b', command: ['/not/there'], rank: 1, ...at });
  await expect(absent).rejects.toThrow('ENOENT');
});

it('kills one that does not stop, or cannot hear', async () => {
  const { programs, at } = await begin();
  const deaf = ['sh', '-c', 'trap "" TERM; while :; do sleep 0.05; done'];
  const pid = await programs.start({ name: 'deaf', command: deaf, rank: 1, ...at });
  const stopped = await programs.start({ name: 'stopped', command: SLEEP, rank: 1, ...at });
  process.kill(stopped, 'SIGSTOP');
  await Promise.all([
    programs.stop('deaf', 'SIGTERM', 300),
    programs.stop('stopped', 'SIGTERM', 300),
  ]);
  expect([runs(pid), runs(stopped)]).toEqual([false, false]);
});

it('stops the highest rank first, and takes the folder away', async () => {
  const { programs, at } = await begin();
  const folder = await mkdtemp(path.join(tmpdir(), 'nexus-order-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'order');
  for (const [rank, name] of ['first', 'second', 'third'].entries()) {
    await programs.start({ name, command: noting(file, name), rank, ...at });
    await until(`${name} listens`, async () => existsSync(`${file}.${name}`));
  }
  await programs.end();
  expect(await readFile(file, 'utf8')).toBe('third\nsecond\nfirst\n');
  expect(existsSync(programs.folder)).toBe(false);
});

it('stops everything when whoever began it is killed', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'nexus-killed-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const script = path.join(folder, 'script.mjs');
  const module = pathToFileURL(path.resolve('test/cluster/supervised.ts')).href;
  await writeFile(
    script,
    `import { Supervised } from '${module}';
    const programs = await Supervised.begin('killed');
    const at = { cwd: programs.folder, log: programs.folder + '/log', rank: 1 };
    const pid = await programs.start({ name: 'a', command: ['sleep', '600'], ...at });
    process.send({ pid, folder: programs.folder });`,
  );
  const hooks = pathToFileURL(path.resolve('test/support/typescript-hooks.mjs')).href;
  const flags = ['--experimental-transform-types', '--disable-warning=ExperimentalWarning'];
  const child = fork(script, [], { execArgv: [...flags, '--import', hooks] });
  const told = await new Promise<{ pid: number; folder: string }>((resolve) =>
    child.once('message', (message) => resolve(message as { pid: number; folder: string })),
  );
  expect(runs(told.pid)).toBe(true);
  child.kill('SIGKILL');
  await until('all is gone', async () => !runs(told.pid) && !existsSync(told.folder));
});
