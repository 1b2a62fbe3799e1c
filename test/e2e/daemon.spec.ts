import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { newPerson, readyTenant } from '../support/api.js';
import { runs } from '../support/processes.js';
import { TestServer } from '../support/server.js';

const COMMAND =
  'python -m astromesh_node.daemon.core --config {dir} --host {host} --port {port} --foreground --pid-file {dir}/pid';
const PYTHON_IS_THERE = spawnSync('python3', ['--version']).status === 0;
const MUST_RUN = process.env['NEXUS_REQUIRE_REAL_NODE'] === '1';

// The daemon itself is not on PyPI; a small package of the same name takes the same words.
it('the daemon of astromesh-node is started with its own words', async (context) => {
  if (!PYTHON_IS_THERE && !MUST_RUN) context.skip('there is no python3');
  const bin = await mkdtemp(path.join(tmpdir(), 'nexus-python-'));
  onTestFinished(() => rm(bin, { recursive: true, force: true }));
  // Not every machine calls it `python`.
  await writeFile(path.join(bin, 'python'), '#!/bin/sh\nexec python3 "$@"\n', { mode: 0o755 });
  const server = await TestServer.start({
    environment: {
      NEXUS_NODE_COMMAND: COMMAND,
      NEXUS_NODE_ENV: 'PYTHONPATH,PYTHONDONTWRITEBYTECODE',
      PYTHONPATH: path.resolve('test/support'),
      PYTHONDONTWRITEBYTECODE: '1',
      PATH: `${bin}:${process.env['PATH']}`,
    },
  });
  onTestFinished(() => server.close());
  const { client } = await newPerson(server);
  const tenant = await readyTenant(client);
  expect(tenant).toMatchObject({ phase: 'Ready', nodeVersion: '9.9.9' });
  const { pid, port } = await server.nodeOf(tenant.crName);
  const folder = server.nodeFolder(tenant.crName);
  expect(await readFile(path.join(folder, 'pid'), 'utf8')).toBe(String(pid));
  const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').slice(1, -1);
  const filled = COMMAND.replaceAll('{dir}', folder)
    .replace('{host}', '127.0.0.1')
    .replace('{port}', String(port));
  expect(words).toEqual(filled.split(' ').slice(1));
  expect(await server.stop()).toBe(0);
  expect(runs(pid)).toBe(false);
  await expect(readFile(path.join(folder, 'pid'))).rejects.toThrow('ENOENT');
});
