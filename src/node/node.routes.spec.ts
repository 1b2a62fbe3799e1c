import { describe, expect, it } from 'vitest';
import { agentConfig, callNode, startTestNode } from '../../test/support/reference-node.js';
import { SystemClock } from '../platform/clock/system-clock.js';
import { createNodeServer } from './http-server.js';
import { NodeLog } from './node.log.js';
import { nodeRoutes } from './node.routes.js';
import { SessionMemory } from './session-memory.js';
import { TraceRing } from './traces.js';
import type { AddressInfo } from 'node:net';

const NOT_FOUND = { detail: "Agent 'a' not found" };

describe('the agents of a node', () => {
  it('registers a draft, deploys, pauses and removes it', async () => {
    const node = await startTestNode();
    const config = agentConfig('a', { extra: [1, { deep: null }] });
    expect(await node.call('GET', '/v1/agents')).toMatchObject({
      status: 200,
      body: { agents: [] },
    });
    expect(await node.call('GET', '/v1/agents/a')).toMatchObject({ status: 404, body: NOT_FOUND });
    expect(await node.call('POST', '/v1/agents', config)).toMatchObject({
      status: 201,
      body: { name: 'a', status: 'registered' },
    });
    const line = { name: 'a', version: '1.0.0', namespace: 'default', status: 'draft' };
    expect((await node.call('GET', '/v1/agents')).body).toEqual({ agents: [line] });
    expect((await node.call('GET', '/v1/agents/a')).body).toEqual(config);
    expect(await node.call('POST', '/v1/agents/a/deploy')).toMatchObject({
      status: 200,
      body: { agent: 'a', status: 'deployed' },
    });
    expect(await node.call('POST', '/v1/agents/a/pause')).toMatchObject({
      status: 200,
      body: { agent: 'a', status: 'paused' },
    });
    expect(await node.call('POST', '/v1/agents/a/pause')).toMatchObject({
      status: 404,
      body: { detail: "Agent 'a' is not deployed" },
    });
    expect(await node.call('DELETE', '/v1/agents/a')).toMatchObject({
      status: 200,
      body: { name: 'a', status: 'removed' },
    });
    expect(await node.call('DELETE', '/v1/agents/a')).toMatchObject({
      status: 404,
      body: NOT_FOUND,
    });
  });

  it('lets the old build serve until the next deploy', async () => {
    const node = await startTestNode();
    const say = (text: string, version: string): object =>
      agentConfig('a', { prompts: { system: text } }, version);
    const wordsIn = async (): Promise<unknown> => {
      const { body } = await node.call('POST', '/v1/agents/a/run', { query: 'hi' });
      return (body as { usage?: { tokens_in: number } }).usage?.tokens_in;
    };
    await node.deploy(say('one', '1.0.0'));
    expect(await wordsIn()).toBe(2);
    expect((await node.call('POST', '/v1/agents', say('one two three', '2.0.0'))).status).toBe(201);
    const line = { name: 'a', version: '1.0.0', namespace: 'default', status: 'draft' };
    expect((await node.call('GET', '/v1/agents')).body).toEqual({ agents: [line] });
    expect((await node.call('POST', '/v1/agents/a/pause')).status).toBe(404);
    expect(await wordsIn()).toBe(2);
    await node.call('POST', '/v1/agents/a/deploy');
    expect(await wordsIn()).toBe(4);
  });

  it.each([
    [{}, 'Agent config must include metadata.name or spec.identity.name'],
    [{ metadata: { name: '../x' } }, 'Invalid agent name'],
    [{ metadata: { name: 'a/b' } }, 'Invalid agent name'],
  ])('answers 409 to %j', async (config, detail) => {
    const node = await startTestNode();
    expect(await node.call('POST', '/v1/agents', config)).toMatchObject({
      status: 409,
      body: { detail },
    });
    expect((await node.call('GET', '/v1/agents')).body).toEqual({ agents: [] });
  });

  it.each([
    ['a list', '[1]', 'application/json', 'dict_type'],
    ['null', 'null', 'application/json', 'dict_type'],
    ['broken JSON', '{bad', 'application/json', 'json_invalid'],
    ['nothing', '', 'application/json', 'missing'],
    ['YAML', 'metadata:\n  name: y\n', 'application/yaml', 'dict_type'],
    ['JSON under another name', '{"metadata":{"name":"y"}}', 'text/plain', 'dict_type'],
  ])('answers 422 to %s', async (_what, body, type, complaint) => {
    const node = await startTestNode();
    const reply = await node.call('POST', '/v1/agents', body, {
      headers: { 'content-type': type },
    });
    expect(reply).toMatchObject({ status: 422, body: { detail: [{ type: complaint }] } });
  });

  it('falls over with text/plain where a node does, and goes on', async () => {
    const node = await startTestNode();
    const nope = { tools: [{ type: 'builtin', name: 'nope' }] };
    for (const config of [{ metadata: { name: 'a' } }, agentConfig('a', nope)]) {
      expect((await node.call('POST', '/v1/agents', config)).status).toBe(201);
      const reply = await node.call('POST', '/v1/agents/a/deploy');
      expect(reply).toEqual({
        status: 500,
        type: 'text/plain; charset=utf-8',
        body: 'Internal Server Error',
      });
    }
    await node.call('POST', '/v1/agents', agentConfig('a', { program: 'bad (' }));
    expect((await node.call('POST', '/v1/agents/a/deploy')).status).toBe(400);
    await node.deploy(agentConfig('a'));
    expect((await node.call('POST', '/v1/agents/missing/deploy')).status).toBe(404);
  });

  it('deploys an agent and answers 404 when the chain of another is broken', async () => {
    const node = await startTestNode();
    await node.call('POST', '/v1/agents', agentConfig('a'));
    const chain = { on_complete: [{ agent: 'gone' }] };
    await node.call('POST', '/v1/agents', agentConfig('b', { chain }));
    expect(await node.call('POST', '/v1/agents/a/deploy')).toMatchObject({
      status: 404,
      body: { detail: "agent 'gone', named by the chain of 'b', does not exist" },
    });
    const { body } = await node.call('GET', '/v1/agents');
    expect(body).toMatchObject({
      agents: [
        { name: 'a', status: 'deployed' },
        { name: 'b', status: 'draft' },
      ],
    });
  });

  it('keeps names apart that need escaping in a path', async () => {
    const node = await startTestNode();
    await node.deploy(agentConfig('büro 1%'));
    const path = `/v1/agents/${encodeURIComponent('büro 1%')}`;
    expect((await node.call('GET', path)).status).toBe(200);
    expect((await node.call('GET', '/v1/agents/%E0%A4%A')).status).toBe(404);
    expect((await node.call('DELETE', path)).status).toBe(200);
  });

  it('takes fifty at once and loses none', async () => {
    const node = await startTestNode();
    const names = Array.from({ length: 50 }, (_, index) => `a${index}`);
    await Promise.all(names.map((name) => node.deploy(agentConfig(name))));
    const { agents } = (await node.call('GET', '/v1/agents')).body as {
      agents: { name: string }[];
    };
    expect(agents.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
  });
});

describe('runs over HTTP', () => {
  it('answers with usage, steps and a trace, which is kept', async () => {
    const node = await startTestNode();
    await node.deploy(agentConfig('a', { prompts: { system: 'Be brief.' } }));
    const input = { query: 'one two', session_id: 's' };
    const reply = await node.call('POST', '/v1/agents/a/run', input);
    const model = { provider: 'echo', model: 'echo', role: 'default', calls: 1 };
    const counts = { tokens_in: 4, tokens_out: 3 };
    expect(reply).toMatchObject({
      status: 200,
      body: {
        answer: 'echo: one two',
        steps: [{ result: 'echo: one two' }],
        usage: { ...counts, model: 'echo', by_model: [{ ...model, ...counts, cost: 0 }] },
        trace: { trace_id: expect.stringMatching(/^[0-9a-f]{32}$/), agent: 'a', session_id: 's' },
        data: null,
        chain: null,
      },
    });
    const { body } = await node.call('GET', '/v1/traces/?agent=a');
    expect(body).toEqual({ traces: [(reply.body as { trace: unknown }).trace] });
    expect(body).toMatchObject({
      traces: [
        {
          spans: [
            { name: 'agent.run', status: 'ok', duration_ms: expect.any(Number) },
            {
              name: 'llm.complete',
              status: 'ok',
              attributes: { input_tokens: 4, output_tokens: 3, cost: 0 },
            },
          ],
        },
      ],
    });
  });

  it('answers 404 for an unknown, a draft and a paused agent', async () => {
    const node = await startTestNode();
    const run = (): Promise<{ status: number; body: unknown }> =>
      node.call('POST', '/v1/agents/a/run', { query: 'x' });
    expect(await run()).toMatchObject({ status: 404, body: NOT_FOUND });
    await node.call('POST', '/v1/agents', agentConfig('a'));
    expect((await run()).status).toBe(404);
    await node.call('POST', '/v1/agents/a/deploy');
    expect((await run()).status).toBe(200);
    await node.call('POST', '/v1/agents/a/pause');
    expect((await run()).status).toBe(404);
  });

  it.each([
    [{}, 'query'],
    [{ query: 5 }, 'query'],
    [{ query: 'x', session_id: null }, 'session_id'],
    [{ query: 'x', context: 's' }, 'context'],
  ])('answers 422 to %j', async (body, where) => {
    const node = await startTestNode();
    const reply = await node.call('POST', '/v1/agents/a/run', body);
    expect(reply).toMatchObject({ status: 422, body: { detail: [{ loc: ['body', where] }] } });
  });

  it('lists traces newest first, of one agent, within the limits', async () => {
    const node = await startTestNode();
    for (const name of ['a', 'b']) await node.deploy(agentConfig(name));
    for (const name of ['a', 'b', 'a']) {
      await node.call('POST', `/v1/agents/${name}/run`, { query: `to ${name}` });
    }
    const agentsOf = async (query: string): Promise<string[]> => {
      const { body } = await node.call('GET', `/v1/traces/${query}`);
      return (body as { traces: { agent: string }[] }).traces.map(({ agent }) => agent);
    };
    expect(await agentsOf('')).toEqual(['a', 'b', 'a']);
    expect(await agentsOf('?agent=b')).toEqual(['b']);
    expect(await agentsOf('?limit=2')).toEqual(['a', 'b']);
    for (const limit of ['0', '101', 'abc', '']) {
      expect((await node.call('GET', `/v1/traces/?limit=${limit}`)).status).toBe(422);
    }
  });
});

describe('a node that starts', () => {
  it('answers as the contract records for that window', async () => {
    const clock = new SystemClock();
    const state = {
      clock,
      startedMs: clock.monotonicMs(),
      traces: new TraceRing(),
      sessions: new SessionMemory(),
      ready: undefined,
    };
    const log = new NodeLog(clock, () => undefined);
    const server = createNodeServer(nodeRoutes(state), () => true, log);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const detail = 'Runtime not initialized';
    const calls: [string, string, number, unknown][] = [
      ['GET', '/v1/health', 200, { status: 'ok', version: '0.40.0' }],
      ['GET', '/v1/agents', 200, { agents: [] }],
      ['GET', '/v1/agents/a', 404, { detail }],
      ['POST', '/v1/agents', 503, { detail }],
      ['POST', '/v1/agents/a/deploy', 503, { detail }],
      ['POST', '/v1/agents/a/pause', 503, { detail }],
      ['DELETE', '/v1/agents/a', 503, { detail }],
      ['POST', '/v1/agents/a/run', 503, { detail }],
    ];
    try {
      for (const [method, path, status, body] of calls) {
        const sent = method === 'POST' ? { query: 'x' } : undefined;
        expect(await callNode(url, method, path, sent)).toMatchObject({ status, body });
      }
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('tells pid, uptime and the number of agents', async () => {
    const node = await startTestNode();
    await node.deploy(agentConfig('a'));
    const { body } = await node.call('GET', '/v1/system/status');
    expect(body).toMatchObject({ version: '0.40.0', pid: process.pid, agents_loaded: 1 });
    expect((body as { uptime_seconds: number }).uptime_seconds).toBeGreaterThanOrEqual(0);
  });
});
