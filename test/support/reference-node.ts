/** The reference node in the test's own process, over a folder of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { SystemClock } from '../../src/platform/clock/system-clock.js';
import type { NodeSettings } from '../../src/node/node.config.js';
import { NodeLog } from '../../src/node/node.log.js';
import { startNode } from '../../src/node/start-node.js';

export interface NodeReply {
  status: number;
  type: string;
  /** Parsed when it is JSON, else the text. */
  body: unknown;
}

export interface TestNode {
  url: string;
  port: number;
  dir: string;
  /** The log so far, one parsed line an entry. */
  log: Record<string, unknown>[];
  call(method: string, path: string, body?: unknown, init?: RequestInit): Promise<NodeReply>;
  /** Registers and deploys; throws when either fails. */
  deploy(config: unknown): Promise<void>;
  close(): Promise<void>;
}

/** A folder that goes away with the test. */
export async function temporaryFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'nexus-node-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }));
  return dir;
}

/** Starts a node that is ready; it ends with the test unless it was closed before. */
export async function startTestNode(settings: Partial<NodeSettings> = {}): Promise<TestNode> {
  const dir = settings.dir ?? (await temporaryFolder());
  const log: Record<string, unknown>[] = [];
  const clock = new SystemClock();
  const lines = new NodeLog(clock, (line) => log.push(JSON.parse(line)));
  const node = await startNode(
    {
      host: '127.0.0.1',
      port: 0,
      role: 'full',
      deniedPorts: [],
      memoryMb: undefined,
      secret: () => undefined,
      ...settings,
      dir,
    },
    clock,
    lines,
  );
  onTestFinished(() => node.close());
  await node.ready;
  const call: TestNode['call'] = (method, path, body, init) =>
    callNode(node.url, method, path, body, init);
  const deploy: TestNode['deploy'] = async (config) => {
    const registered = await call('POST', '/v1/agents', config);
    const { name } = registered.body as { name: string };
    const deployed = await call('POST', `/v1/agents/${encodeURIComponent(name)}/deploy`);
    if (deployed.status !== 200) throw new Error(JSON.stringify([registered, deployed]));
  };
  return { url: node.url, port: node.port, dir, log, call, deploy, close: () => node.close() };
}

/** One call; text bodies are sent as they are, others as JSON. */
export async function callNode(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  init: RequestInit = {},
): Promise<NodeReply> {
  const headers = new Headers(init.headers);
  if (!headers.has('content-type')) headers.set('content-type', 'application/json');
  const sent = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
  const response = await fetch(url + path, {
    method,
    redirect: 'manual',
    ...init,
    ...(sent !== undefined && { body: sent }),
    headers,
  });
  const type = response.headers.get('content-type') ?? '';
  const text = await response.text();
  return { status: response.status, type, body: type.includes('json') ? JSON.parse(text) : text };
}

/** A valid agent that asks the offline model; `spec` is merged into its spec. */
export function agentConfig(
  name: string,
  spec: Record<string, unknown> = {},
  version = '1.0.0',
): Record<string, unknown> {
  return {
    apiVersion: 'astromesh/v1',
    kind: 'Agent',
    metadata: { name, version },
    spec: { model: { primary: { provider: 'echo' } }, ...spec },
  };
}

/** The `spec.model` of an agent that asks an Ollama server. */
export function ollamaModel(endpoint: string, more: Record<string, unknown> = {}): object {
  return { primary: { provider: 'ollama', model: 'm', endpoint, ...more } };
}

/** Waits until `check` holds, looking every few milliseconds. */
export async function until(check: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await check())) {
    if (Date.now() > end) throw new Error('the condition did not come true within 10 s');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
