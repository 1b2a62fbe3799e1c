import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startModelServer } from '../../test/support/model-server.js';
import {
  agentConfig,
  ollamaModel,
  startTestNode,
  temporaryFolder,
  until,
} from '../../test/support/reference-node.js';

describe('a node that starts again', () => {
  it('brings every stored agent back as deployed, drafts and paused ones too', async () => {
    const first = await startTestNode();
    const { dir } = first;
    await first.deploy(agentConfig('deployed'));
    await first.call('POST', '/v1/agents', agentConfig('draft'));
    await first.deploy(agentConfig('paused'));
    await first.call('POST', '/v1/agents/paused/pause');
    await first.deploy(agentConfig('gone'));
    await first.call('DELETE', '/v1/agents/gone');
    await first.close();
    const second = await startTestNode({ dir });
    const { agents } = (await second.call('GET', '/v1/agents')).body as { agents: object[] };
    expect(agents).toEqual(
      ['deployed', 'draft', 'paused'].map((name) => ({
        name,
        version: '1.0.0',
        namespace: 'default',
        status: 'deployed',
      })),
    );
  });

  it('starts with unusable agents, says why, and lets them be repaired', async () => {
    const dir = await temporaryFolder();
    await mkdir(join(dir, 'agents'), { recursive: true });
    const put = (file: string, content: unknown): Promise<void> =>
      writeFile(
        join(dir, 'agents', file),
        typeof content === 'string' ? content : JSON.stringify(content),
      );
    await put('cut.agent.yaml', '{"metadata":{"name":"cut"');
    await put('bare.agent.yaml', { metadata: { name: 'bare' } });
    await put('tool.agent.yaml', agentConfig('tool', { tools: [{ type: 'builtin', name: 'no' }] }));
    await put(
      'chain.agent.yaml',
      agentConfig('chain', { chain: { on_complete: [{ agent: 'x' }] } }),
    );
    await put('good.agent.yaml', agentConfig('good'));
    const node = await startTestNode({ dir });
    const list = async (): Promise<Record<string, unknown>[]> =>
      ((await node.call('GET', '/v1/agents')).body as { agents: Record<string, unknown>[] }).agents;
    expect(await list()).toEqual([
      expect.objectContaining({ name: 'good', status: 'deployed' }),
      expect.objectContaining({ name: 'bare', status: 'draft', error: expect.any(String) }),
      expect.objectContaining({ name: 'chain', error: expect.stringContaining("agent 'x'") }),
      expect.objectContaining({ name: 'tool', error: expect.stringContaining('no') }),
    ]);
    const failures = node.log.filter(({ level }) => level === 'error');
    expect(failures.map(({ agent }) => agent)).toEqual(['cut', 'bare', 'chain', 'tool']);
    await node.call('DELETE', '/v1/agents/chain');
    await node.deploy(agentConfig('cut'));
    await node.deploy(agentConfig('tool'));
    expect((await list()).find(({ name }) => name === 'tool')).not.toHaveProperty('error');
  });
});

describe('a node that stops', () => {
  it('cuts a hanging run within about a second, and its port is free', async () => {
    const model = await startModelServer(() => undefined);
    const node = await startTestNode();
    await node.deploy(agentConfig('a', { model: ollamaModel(model.url) }));
    const run = node
      .call('POST', '/v1/agents/a/run', { query: 'x' })
      .catch((error: Error) => error);
    await until(() => model.requests.length === 1);
    const start = performance.now();
    await node.close();
    expect(performance.now() - start).toBeLessThan(3000);
    expect(await run).toBeInstanceOf(Error);
    await until(() => model.aborted === 1);
    const again = await startTestNode({ port: node.port });
    expect(again.port).toBe(node.port);
    await expect(startTestNode({ port: node.port })).rejects.toThrow('EADDRINUSE');
  });

  it('lets a run end that is nearly done', async () => {
    const model = await startModelServer((response) => {
      setTimeout(() => response.end('{"message":{"content":"late"},"done":true}'), 200);
    });
    const node = await startTestNode();
    await node.deploy(agentConfig('a', { model: ollamaModel(model.url) }));
    const run = node.call('POST', '/v1/agents/a/run', { query: 'x' });
    await until(() => model.requests.length === 1);
    await node.close();
    expect((await run).body).toMatchObject({ answer: 'late', usage: null });
  });
});

describe('a node and itself', () => {
  it('does not serve as a model of its own agents', async () => {
    const node = await startTestNode();
    await node.deploy(agentConfig('a', { model: ollamaModel(node.url) }));
    expect(await node.call('POST', '/v1/agents/a/run', { query: 'x' })).toMatchObject({
      status: 502,
      body: { detail: { error: 'model_endpoint_refused' } },
    });
  });
});
