import { chmod, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  agentWhen,
  echoSpec,
  expectData,
  isRunning,
  newPerson,
  readyTenant,
  sdk,
  until,
} from '../support/api.js';
import { TestServer } from '../support/server.js';

describe('a node that cannot be started', () => {
  let folder: string;
  let program: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'nexus-program-'));
    program = path.join(folder, 'node-program');
    const entry = path.resolve('dist/node/main.js');
    await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' '${entry}' "$@"\n`);
    await chmod(program, 0o755);
  });
  afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

  const environment = (): Record<string, string> => ({
    NEXUS_NODE_COMMAND: `${program} --host {host} --port {port} --dir {dir}`,
    NEXUS_RESYNC_SECONDS: '1',
  });

  it('is never said to be Ready, and comes back when its program does', async () => {
    const server = await TestServer.start({ environment: environment() });
    try {
      const { client } = await newPerson(server);
      const { id, crName } = await readyTenant(client);
      expectData(await sdk.createAgent({ client, body: echoSpec('patient') }), 201);
      await agentWhen(client, 'patient', isRunning);
      const { pid } = await server.nodeOf(crName);
      await rename(program, `${program}.gone`);
      process.kill(pid, 'SIGKILL');
      const seen = await until('the tenant tells', async () => {
        const tenant = expectData(await sdk.getTenant({ client, path: { id } }), 200);
        return tenant.phase === 'Error' ? tenant : undefined;
      });
      expect(seen.ready).toBe(false);
      expect(seen.conditions[0]).toMatchObject({ type: 'Ready', status: 'False' });
      await agentWhen(client, 'patient', ({ ready, phase }) => !ready && phase === 'Pending');
      const failed = await until('it says why', async () => {
        const tenant = expectData(await sdk.getTenant({ client, path: { id } }), 200);
        const [condition] = tenant.conditions;
        return condition?.reason === 'NodeOperationFailed' ? condition : undefined;
      });
      expect(failed.message).toContain('could not be started');
      await rename(`${program}.gone`, program);
      await agentWhen(client, 'patient', isRunning);
    } finally {
      await server.close();
    }
  });

  it('says so of a tenant that is new', async () => {
    await rename(program, `${program}.gone`);
    const server = await TestServer.start({ environment: environment() });
    try {
      const { client } = await newPerson(server);
      const body = { displayName: 'Nowhere' };
      const { id } = expectData(await sdk.createTenant({ client, body }), 201);
      const seen = await until('the tenant tells', async () => {
        const tenant = expectData(await sdk.getTenant({ client, path: { id } }), 200);
        return tenant.phase === 'Error' ? tenant : undefined;
      });
      expect(seen).toMatchObject({ ready: false, observedGeneration: seen.generation });
    } finally {
      await server.close();
    }
  });
});
