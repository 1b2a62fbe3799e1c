import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failure, ScriptedApiServer } from '../../../test/support/scripted-api-server.js';
import { ClusterRequests } from './cluster-requests.js';
import type { ClusterConnection } from './cluster-connection.js';
import { connectCluster } from './connect-cluster.js';

let server: ScriptedApiServer;
let folder: string;
let connection: ClusterConnection | undefined;

beforeEach(async () => {
  server = await ScriptedApiServer.start();
  server.answer = () => ({ body: {} });
  folder = mkdtempSync(path.join(tmpdir(), 'nexus-kubeconfig-'));
});

afterEach(async () => {
  connection?.close();
  await server.stop();
  rmSync(folder, { recursive: true });
});

function kubeconfig(user: object, name = 'config'): string {
  const file = path.join(folder, name);
  const cluster = { server: server.url.href, 'insecure-skip-tls-verify': true };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: `c-${name}`, cluster }],
    users: [{ name: `u-${name}`, user }],
    contexts: [
      { name, context: { cluster: `c-${name}`, user: `u-${name}`, namespace: `ns-${name}` } },
    ],
    'current-context': name,
  };
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(config));
  return file;
}

async function get(): Promise<string | undefined> {
  if (connection === undefined) throw new Error('not connected');
  await new ClusterRequests(connection).json({ method: 'GET', path: '/version' });
  return server.requests.at(-1)?.headers.authorization;
}

describe('the way to a cluster by a kubeconfig', () => {
  it('carries its token, and knows its namespace', async () => {
    connection = await connectCluster({ kubeconfig: [kubeconfig({ token: 'abc' })] });
    expect(await get()).toBe('Bearer abc');
    expect(connection.namespace).toBe('ns-config');
    expect(connection.server.href).toBe(server.url.href);
  });

  it('is chosen by its context, over several files', async () => {
    const files = [kubeconfig({ token: 'a' }, 'one'), kubeconfig({ token: 'b' }, 'two')];
    connection = await connectCluster({ kubeconfig: files });
    expect(await get()).toBe('Bearer a');
    connection.close();
    connection = await connectCluster({ kubeconfig: files, context: 'two' });
    expect(await get()).toBe('Bearer b');
  });

  it('asks a plugin for a token, and again only when the server refuses it', async () => {
    const counter = path.join(folder, 'count');
    writeFileSync(counter, '');
    const script = `
      const { appendFileSync, readFileSync } = require('node:fs');
      appendFileSync(process.env.COUNTER, 'x');
      const token = 'token-' + readFileSync(process.env.COUNTER, 'utf8').length;
      console.log(JSON.stringify({ kind: 'ExecCredential', status: { token } }));`;
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: ['-e', script],
      env: [{ name: 'COUNTER', value: counter }],
    };
    connection = await connectCluster({ kubeconfig: [kubeconfig({ exec })] });
    expect([await get(), await get()]).toEqual(['Bearer token-1', 'Bearer token-1']);
    server.answer = ({ headers }) =>
      headers.authorization === 'Bearer token-1' ? failure(401, 'Unauthorized') : { body: {} };
    expect(await get()).toBe('Bearer token-2');
  });

  it('takes a token that was written to the file meanwhile when the old one is refused', async () => {
    const file = kubeconfig({ token: 'old' });
    connection = await connectCluster({ kubeconfig: [file] });
    expect(await get()).toBe('Bearer old');
    kubeconfig({ token: 'new' });
    server.answer = ({ headers }) =>
      headers.authorization === 'Bearer old' ? failure(401, 'Unauthorized') : { body: {} };
    expect(await get()).toBe('Bearer new');
  });

  it('says why there are no credentials', async () => {
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: '/not/there' };
    connection = await connectCluster({ kubeconfig: [kubeconfig({ exec })] });
    await expect(get()).rejects.toMatchObject({ status: 0, reason: 'Credentials' });
    await expect(get()).rejects.toThrow('/not/there');
  });

  it('says which file or context is missing', async () => {
    const missing = path.join(folder, 'missing');
    await expect(connectCluster({ kubeconfig: [missing] })).rejects.toThrow(
      `the kubeconfig ${missing} is not there`,
    );
    const file = kubeconfig({});
    await expect(connectCluster({ kubeconfig: [file], context: 'x' })).rejects.toThrow(
      'the kubeconfig has no context "x"; it has: config',
    );
    writeFileSync(file, '{ no');
    await expect(connectCluster({ kubeconfig: [file] })).rejects.toThrow('cannot be read');
    writeFileSync(file, '{}');
    await expect(connectCluster({ kubeconfig: [file] })).rejects.toThrow('names no cluster');
  });
});
