import { readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { findBinaries } from '../../scripts/toolchain/cluster-binaries.mjs';
import type { Client } from '../../sdk/typescript/client/index.js';
import * as sdk from '../../sdk/typescript/index.js';
import { runProgram } from '../chart/helm.js';
import { expectData } from '../support/api.js';
import { Install } from './install.js';
import { ask, type Made, runningAgents, tenantWithAgents } from './tenants-seen.js';

const AGENTS = ['greeter', 'scribe'] as const;
const PAGE = readFileSync('docs/operations.md', 'utf8');
const [, SECTION = ''] = PAGE.split('\n### Backup and restore\n');
const BLOCK = /```sh\n([\s\S]*?)```/g;
/** The commands of the page: those that take a backup, and those that put it back. */
const [TAKE = '', PUT_BACK = ''] = [...SECTION.matchAll(BLOCK)].map(([, text = '']) => text);

// In their order: the second puts back what the first has taken.
describe('a backup of an install', () => {
  let install: Install;
  let client: Client;
  let tenant: Made;
  let folder: string;
  let specs: Record<string, sdk.AgentSpec>;

  beforeAll(async () => {
    install = await Install.ensure();
    client = await install.admin();
    tenant = await tenantWithAgents(client, AGENTS);
    specs = await runningAgents(client, tenant, AGENTS);
    folder = await mkdtemp(path.join(tmpdir(), 'backup-'));
  });

  /** Runs commands of the page as they are; the file is in a folder of its own. */
  async function follow(commands: string): Promise<string> {
    const { helm, kubectl } = await findBinaries(['helm', 'kubectl']);
    const programs = [helm, kubectl].map((program) => path.dirname(program)).join(':');
    const chart = path.resolve('charts/nexus');
    const said = await runProgram(
      'sh',
      ['-ec', `cd ${folder}\n${commands.replaceAll(' charts/nexus ', ` ${chart} `)}`],
      {
        PATH: `${programs}:${process.env['PATH']}`,
        HOME: folder,
        KUBECONFIG: install.cluster.facts.adminKubeconfig,
      },
    );
    expect(said.code, said.stdout + said.stderr).toBe(0);
    return said.stdout + said.stderr;
  }

  it('is taken while its server serves', async () => {
    const [before] = await install.pods();
    expect(await follow(TAKE)).toMatch(/holds \d+ rows/);
    expect((await install.pods()).map(({ metadata }) => metadata.uid)).toEqual([
      before?.metadata.uid,
    ]);
  });

  it('is put back in its place, and what was deleted since runs again', async () => {
    const headers = { 'x-tenant-id': tenant.id };
    const gone = await sdk.deleteAgent({ client, headers, path: { name: 'scribe' } });
    expect(gone.response?.ok).toBe(true);
    expect(await follow(PUT_BACK)).toMatch(/rows of .* were restored/);
    client = await install.admin();
    expect(await runningAgents(client, tenant, AGENTS)).toEqual(specs);
    expect(await ask(client, tenant, 'scribe', 'Back again?')).toContain('Back again?');
    expectData(await sdk.getTenant({ client, path: { id: tenant.id } }), 200);
  });
});
