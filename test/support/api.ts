/**
 * The generated TypeScript client, with one credential, and what the tests do with it all the time.
 * Every answer is held to the API document.
 */
import { expect } from 'vitest';
import { createClient, type Client } from '../../sdk/typescript/client/index.js';
import * as sdk from '../../sdk/typescript/index.js';
import type { Agent, Session, Tenant } from '../../sdk/typescript/index.js';
import { documentedFetch } from './documented.js';
import { ADMIN, type TestServer } from './server.js';
import { until } from './until.js';

export { sdk, until };

/** What of a credential goes into which header. */
export type Headers = Readonly<Record<string, string>>;

/** A client of a server that sends these headers. */
export function clientOf(server: TestServer, headers: Headers = {}): Client {
  return createClient({
    baseUrl: server.url,
    headers: { ...headers },
    fetch: documentedFetch,
  });
}

export function bearer(token: string): Headers {
  return { authorization: `Bearer ${token}` };
}

/** A person with a session. */
export interface Person {
  session: Session;
  headers: Headers;
  client: Client;
}

/** The password of everybody but the admin. */
export const PASSWORD = 'a password of the tests';

let people = 0;

/** Registers somebody new. */
export async function newPerson(server: TestServer): Promise<Person> {
  const email = `person-${process.pid}-${++people}@example.com`;
  const body = { email, password: PASSWORD, displayName: `Person ${people}` };
  const answer = await sdk.register({ client: clientOf(server), body });
  return personOf(server, expectData(answer, 201));
}

/** Logs the admin in. */
export async function theAdmin(server: TestServer): Promise<Person> {
  const answer = await sdk.login({ client: clientOf(server), body: ADMIN });
  return personOf(server, expectData(answer, 200));
}

/** Whoever has this session. */
export function personOf(server: TestServer, session: Session): Person {
  const headers = bearer(session.accessToken);
  return { session, headers, client: clientOf(server, headers) };
}

interface Answer<T> {
  data?: T | undefined;
  error?: unknown;
  response?: Response | undefined;
}

/** The body of an answer that must have this status. */
export function expectData<T>({ data, error, response }: Answer<T>, status: number): T {
  expect(response?.status, JSON.stringify(error)).toBe(status);
  return data as T;
}

/** The body of an error answer that must have this status and code, and the contract's shape. */
export function expectError(
  { error, response }: Answer<unknown>,
  status: number,
  code: string,
): sdk.Error {
  const body = error as sdk.Error;
  expect({ status: response?.status, code: body?.code }, JSON.stringify(error)).toEqual({
    status,
    code,
  });
  expect(body.error).toMatch(/\w/);
  expect(body.requestId).toBe(response?.headers.get('x-request-id'));
  return body;
}

/** Makes a tenant and waits until its node is ready. */
export async function readyTenant(client: Client, displayName = 'A tenant'): Promise<Tenant> {
  const { id } = expectData(await sdk.createTenant({ client, body: { displayName } }), 201);
  return tenantWhen(client, id, ({ ready }) => ready);
}

/** A small valid spec of an agent that answers without a model service. */
export function echoSpec(name: string, more: Record<string, unknown> = {}): sdk.AgentSpec {
  return {
    apiVersion: 'astromesh/v1',
    kind: 'Agent',
    metadata: { name, version: '1.0.0' },
    spec: { model: { primary: { provider: 'echo', model: 'echo-1' } }, ...more },
  };
}

/** Waits until an agent's status says what it should, for so many milliseconds at most. */
export async function agentWhen(
  client: Client,
  name: string,
  wanted: (agent: Agent) => boolean,
  { headers = {}, withinMs }: { headers?: Headers; withinMs?: number } = {},
): Promise<Agent> {
  const probe = async (): Promise<Agent | undefined> => {
    const answer = await sdk.getAgent({ client, path: { name }, headers });
    const agent = expectData(answer, 200);
    return wanted(agent) ? agent : undefined;
  };
  return until(`agent ${name} is as wanted`, probe, withinMs);
}

/** Waits until a tenant says what it should, for so many milliseconds at most. */
export async function tenantWhen(
  client: Client,
  id: string,
  wanted: (tenant: Tenant) => boolean,
  withinMs?: number,
): Promise<Tenant> {
  const probe = async (): Promise<Tenant | undefined> => {
    const tenant = expectData(await sdk.getTenant({ client, path: { id } }), 200);
    return wanted(tenant) ? tenant : undefined;
  };
  return until(`tenant ${id} is as wanted`, probe, withinMs);
}

/** Within how many milliseconds of a change its effect is told. */
export const TOLD_WITHIN_MS = 2_000;

export const isRunning = ({ status, generation }: Agent): boolean =>
  status.state === 'running' && status.observedGeneration === generation;

/** A raw request, for what the generated client cannot be made to send. */
export async function raw(
  server: TestServer,
  method: string,
  path: string,
  { headers = {}, body }: { headers?: Headers; body?: string | Uint8Array } = {},
): Promise<{ response: Response; data: undefined; error: unknown; text: string }> {
  const response = await documentedFetch(`${server.url}${path}`, {
    method,
    headers: { ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : Buffer.from(body) }),
  });
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json') === true;
  return { response, data: undefined, error: json ? JSON.parse(text) : text, text };
}
