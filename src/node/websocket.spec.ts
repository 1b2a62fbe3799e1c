import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { ollamaSays, startModelServer } from '../../test/support/model-server.js';
import {
  agentConfig,
  ollamaModel,
  startTestNode,
  temporaryFolder,
  until,
} from '../../test/support/reference-node.js';

interface Client {
  frames: Record<string, unknown>[];
  say(message: unknown): void;
  /** How many frames of a type came. */
  count(type: string): number;
  close(): void;
  closed: Promise<number>;
}

async function open(url: string, token?: string): Promise<Client> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const socket = new WebSocket(url.replace('http', 'ws'), { headers });
  const frames: Record<string, unknown>[] = [];
  socket.on('message', (data) => frames.push(JSON.parse((data as Buffer).toString())));
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  onTestFinished(() => socket.terminate());
  return {
    frames,
    closed,
    say: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    count: (wanted) => frames.filter(({ type }) => type === wanted).length,
    close: () => socket.close(),
  };
}

describe('the WebSocket of an agent', () => {
  it('streams a run', async () => {
    const model = await startModelServer(ollamaSays('Hel', 'lo'));
    const node = await startTestNode();
    await node.deploy(agentConfig('a', { model: ollamaModel(model.url) }));
    const client = await open(`${node.url}/v1/ws/agent/a?session_id=s`);
    client.say({ query: 'hi' });
    await until(() => client.count('done') === 1);
    expect(client.frames).toEqual([
      { type: 'status', status: 'processing', agent: 'a' },
      { type: 'token', content: 'Hel' },
      { type: 'token', content: 'lo' },
      {
        type: 'done',
        answer: 'Hello',
        session_id: 's',
        usage: expect.objectContaining({ tokens_in: 7, tokens_out: 2, model: 'm' }),
      },
    ]);
    expect((await node.call('GET', '/v1/traces/')).body).toMatchObject({
      traces: [{ agent: 'a', session_id: 's' }],
    });
  });

  it('says what is wrong and stays open', async () => {
    const model = await startModelServer((response) => {
      response.statusCode = 500;
      response.end('boom');
    });
    const node = await startTestNode();
    await node.deploy(agentConfig('a', { model: ollamaModel(model.url) }));
    const client = await open(`${node.url}/v1/ws/agent/a`);
    for (const message of ['no json', [1], { query: 5 }, { query: 'x' }]) client.say(message);
    await until(() => client.count('error') === 4);
    expect(client.frames.at(-1)).toMatchObject({
      error: 'model_provider_http_error',
      message: 'Provider returned 500: boom',
      hint: expect.any(String),
    });
    const other = await open(`${node.url}/v1/ws/agent/missing`);
    other.say({ query: 'x' });
    await until(() => other.count('error') === 1);
    expect(other.frames.at(-1)).toMatchObject({ message: "Agent 'missing' not found" });
  });

  it('runs the messages of a socket one after the other, and not too many', async () => {
    const node = await startTestNode();
    await node.deploy(agentConfig('a'));
    const client = await open(`${node.url}/v1/ws/agent/a`);
    for (let index = 0; index < 3; index++) client.say({ query: `q${index}` });
    await until(() => client.count('done') === 3);
    const ends = client.frames.filter(({ type }) => type === 'done' || type === 'status');
    expect(ends.map(({ type, answer }) => answer ?? type)).toEqual([
      'status',
      'echo: q0',
      'status',
      'echo: q1',
      'status',
      'echo: q2',
    ]);
  });

  it('turns away messages that pile up behind a hanging run', async () => {
    const model = await startModelServer(() => undefined);
    const node = await startTestNode();
    await node.deploy(agentConfig('a', { model: ollamaModel(model.url) }));
    const client = await open(`${node.url}/v1/ws/agent/a`);
    for (let index = 0; index < 18; index++) client.say({ query: 'x' });
    await until(() => client.count('error') === 2);
    expect(client.frames.at(-1)).toMatchObject({ message: 'too many messages are waiting' });
    client.close();
    await until(() => model.aborted === 1);
    expect(model.requests).toHaveLength(1);
  });

  it('does not mix the answers of two models', async () => {
    const model = await startModelServer((response) => {
      response.end('{"message":{"content":"Hel"},"done":false}\n');
    });
    const node = await startTestNode();
    const fallback = { provider: 'echo' };
    await node.deploy(agentConfig('a', { model: { ...ollamaModel(model.url), fallback } }));
    const client = await open(`${node.url}/v1/ws/agent/a`);
    client.say({ query: 'x' });
    await until(() => client.count('error') === 1);
    expect(client.frames.slice(1)).toEqual([
      { type: 'token', content: 'Hel' },
      expect.objectContaining({ type: 'error', error: 'model_bad_response' }),
    ]);
  });

  it('says goodbye when the node stops, and ends the run', async () => {
    const model = await startModelServer(() => undefined);
    const node = await startTestNode();
    await node.deploy(agentConfig('a', { model: ollamaModel(model.url) }));
    const client = await open(`${node.url}/v1/ws/agent/a`);
    client.say({ query: 'x' });
    await until(() => model.requests.length === 1);
    await node.close();
    expect(await client.closed).toBe(1001);
    await until(() => model.aborted === 1);
  });

  it('asks for the token and refuses other paths', async () => {
    const dir = await temporaryFolder();
    await writeFile(join(dir, 'token'), 'sesame');
    const node = await startTestNode({ dir });
    await expect(open(`${node.url}/v1/ws/agent/a`)).rejects.toThrow('401');
    await expect(open(`${node.url}/v1/ws/agent/a`, 'wrong')).rejects.toThrow('401');
    await expect(open(`${node.url}/v1/ws/other`, 'sesame')).rejects.toThrow('403');
    const client = await open(`${node.url}/v1/ws/agent/a`, 'sesame');
    client.close();
    await client.closed;
  });

  it('closes a socket that sends too much, and goes on', async () => {
    const node = await startTestNode();
    const client = await open(`${node.url}/v1/ws/agent/a`);
    client.say('x'.repeat(1_100_000));
    expect(await client.closed).toBe(1009);
    expect((await node.call('GET', '/v1/health')).status).toBe(200);
  });
});
