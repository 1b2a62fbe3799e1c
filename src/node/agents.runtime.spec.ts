import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { agentConfig, temporaryFolder } from '../../test/support/reference-node.js';
import { SystemClock } from '../platform/clock/system-clock.js';
import { AgentsRuntime } from './agents.runtime.js';
import { AgentsStore } from './agents.store.js';
import { NodeLog } from './node.log.js';

const log = new NodeLog(new SystemClock(), () => undefined);

function open(dir: string): Promise<AgentsRuntime> {
  return AgentsRuntime.open(new AgentsStore(dir, log), log);
}

describe('AgentsRuntime', () => {
  it('keeps memory and disk alike when changes come at once', async () => {
    const dir = await temporaryFolder();
    const runtime = await open(dir);
    const changes = Array.from({ length: 60 }, (_, index) => {
      if (index % 3 === 2) return runtime.remove('a').catch(() => undefined);
      const filler = 'x'.repeat((index % 7) * 100_000);
      return runtime.register(agentConfig('a', { filler }, `1.0.${index}`));
    });
    await Promise.all(changes);
    expect(runtime.list()).toEqual([]);
    expect(await readdir(join(dir, 'agents'))).toEqual([]);
    const writes = Array.from({ length: 40 }, (_, index) => {
      const filler = 'x'.repeat(((40 - index) % 7) * 100_000);
      return runtime.register(agentConfig('a', { filler }, `2.0.${index}`));
    });
    await Promise.all(writes);
    expect(runtime.getConfig('a')).toMatchObject({ metadata: { version: '2.0.39' } });
    const stored = await readFile(join(dir, 'agents', 'a.agent.yaml'), 'utf8');
    expect(JSON.parse(stored)).toEqual(runtime.getConfig('a'));
  });

  it('goes on after a change that failed', async () => {
    const runtime = await open(await temporaryFolder());
    await expect(runtime.deploy('a')).rejects.toThrow("Agent 'a' not found");
    await runtime.register(agentConfig('a'));
    await runtime.deploy('a');
    expect(runtime.getBuilt('a').name).toBe('a');
  });

  it('keeps the old build when a deploy fails', async () => {
    const runtime = await open(await temporaryFolder());
    await runtime.register(agentConfig('a', { prompts: { system: 'old' } }));
    await runtime.deploy('a');
    await runtime.register(agentConfig('a', { program: 'x' }));
    await expect(runtime.deploy('a')).rejects.toMatchObject({ code: 'agent_invalid' });
    expect(runtime.getBuilt('a').system).toBe('old');
    expect(runtime.list()).toMatchObject([{ status: 'draft' }]);
  });
});
