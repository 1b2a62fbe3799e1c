/** A node of the kind under test, started by the test itself over a folder of its own. */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { fillCommand, splitCommand } from '../../src/platform/command-line/command-line.js';
import { PortAllocator } from '../../src/platform/process/ports.js';
import { nodeCommandUnderTest } from './node-under-test.js';
import { callNode, type NodeReply, startTestNode } from './reference-node.js';
import { until } from './until.js';

/** What tests need of a node. */
export interface GivenNode {
  url: string;
  call(method: string, at: string, body?: unknown): Promise<NodeReply>;
}

/** Starts one that ends with the test. */
export async function startGivenNode(): Promise<GivenNode> {
  const command = await nodeCommandUnderTest();
  return command === undefined ? startTestNode() : startForeignNode(command);
}

async function startForeignNode(command: string): Promise<GivenNode> {
  const dir = await mkdtemp(path.join(tmpdir(), 'nexus-given-'));
  await mkdir(path.join(dir, 'agents'));
  const port = await new PortAllocator({ first: 28_000, last: 28_999 }).take();
  const values = { host: '127.0.0.1', port: String(port), dir, profile: 'full' };
  const [program, ...args] = fillCommand(splitCommand(command), values);
  const child = spawn(program, args, { cwd: dir, stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  });
  const url = `http://127.0.0.1:${port}`;
  await until('the node is up', async () => {
    const answer = await fetch(`${url}/v1/health`).catch(() => undefined);
    return answer?.ok;
  });
  return { url, call: (method, at, body) => callNode(url, method, at, body) };
}
