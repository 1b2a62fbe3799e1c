import { describe, expect, it } from 'vitest';
import { ollamaSays, startModelServer } from '../../test/support/model-server.js';
import {
  agentConfig,
  ollamaModel,
  startTestNode,
  type NodeReply,
  type TestNode,
} from '../../test/support/reference-node.js';

async function run(node: TestNode, name: string, body: object): Promise<NodeReply> {
  return node.call('POST', `/v1/agents/${name}/run`, body);
}

const MEMORY = { conversational: { backend: 'sqlite', max_turns: 2 } };

describe('a run', () => {
  it('sends the filled system prompt, the earlier turns and the query', async () => {
    const model = await startModelServer(ollamaSays('yes'));
    const node = await startTestNode();
    const prompts = { system: 'You serve {{ user.name }}{{ nothing }}.' };
    const spec = { model: ollamaModel(model.url), prompts, memory: MEMORY };
    await node.deploy(agentConfig('a', spec));
    const context = { user: { name: 'Ada' } };
    for (const query of ['one', 'two', 'three', 'four']) {
      await run(node, 'a', { query, session_id: 's', context });
    }
    await run(node, 'a', { query: 'else', session_id: 'other', context });
    const messages = model.requests.map(({ body }) =>
      (body['messages'] as { content: string }[]).map(({ content }) => content).join('|'),
    );
    expect(messages).toEqual([
      'You serve Ada.|one',
      'You serve Ada.|one|yes|two',
      'You serve Ada.|one|yes|two|yes|three',
      'You serve Ada.|two|yes|three|yes|four',
      'You serve Ada.|else',
    ]);
  });

  it('remembers nothing without conversational memory, and forgets with the agent', async () => {
    const node = await startTestNode();
    const tokensIn = async (name: string): Promise<unknown> =>
      ((await run(node, name, { query: 'x' })).body as { usage: { tokens_in: number } }).usage
        .tokens_in;
    await node.deploy(agentConfig('plain'));
    expect([await tokensIn('plain'), await tokensIn('plain')]).toEqual([1, 1]);
    await node.deploy(agentConfig('keen', { memory: MEMORY }));
    expect([await tokensIn('keen'), await tokensIn('keen')]).toEqual([1, 4]);
    await node.call('DELETE', '/v1/agents/keen');
    await node.deploy(agentConfig('keen', { memory: MEMORY }));
    expect(await tokensIn('keen')).toBe(1);
  });

  it('falls back to the second model and shows both attempts', async () => {
    const model = await startModelServer((response) => {
      response.statusCode = 503;
      response.end('busy');
    });
    const node = await startTestNode();
    const fallback = { provider: 'echo' };
    await node.deploy(agentConfig('a', { model: { ...ollamaModel(model.url), fallback } }));
    const { body } = await run(node, 'a', { query: 'hi' });
    expect(body).toMatchObject({
      answer: 'echo: hi',
      usage: { model: 'echo', by_model: [{ provider: 'echo' }] },
      trace: {
        spans: [
          { name: 'agent.run', status: 'ok' },
          {
            name: 'llm.complete',
            status: 'error',
            attributes: { error_message: 'Provider returned 503: busy' },
          },
          { name: 'llm.complete', status: 'ok' },
        ],
      },
    });
  });

  it('answers 502 with the last reason when no model is left', async () => {
    const node = await startTestNode();
    await node.deploy(agentConfig('none', { model: { primary: { provider: 'unheard-of' } } }));
    expect(await run(node, 'none', { query: 'x' })).toMatchObject({
      status: 502,
      body: { detail: { error: 'model_no_providers', hint: expect.stringContaining('primary') } },
    });
    expect((await node.call('GET', '/v1/traces/')).body).toMatchObject({
      traces: [{ spans: [{ name: 'agent.run', status: 'error' }] }],
    });
  });

  it('answers 504 past the time of the whole run', async () => {
    const model = await startModelServer(() => undefined);
    const node = await startTestNode();
    const orchestration = { pattern: 'react', timeout_seconds: 0.2 };
    const fallback = { provider: 'echo' };
    const spec = { model: { ...ollamaModel(model.url), fallback }, orchestration };
    await node.deploy(agentConfig('a', spec));
    expect(await run(node, 'a', { query: 'x' })).toMatchObject({
      status: 504,
      body: { detail: { error: 'timeout', agent: 'a', timeout_seconds: 0.2 } },
    });
  });

  it('writes neither query nor answer into the log', async () => {
    const node = await startTestNode();
    await node.deploy(agentConfig('a'));
    await run(node, 'a', { query: 'a-secret' });
    expect(node.log.at(-1)).toMatchObject({ level: 'info', message: 'run finished', agent: 'a' });
    expect(JSON.stringify(node.log)).not.toContain('a-secret');
  });
});
