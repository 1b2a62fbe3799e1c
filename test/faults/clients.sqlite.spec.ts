import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  agentWhen,
  echoSpec,
  expectData,
  isRunning,
  newPerson,
  type Person,
  readyTenant,
  sdk,
  until,
} from '../support/api.js';
import { fareOf } from '../support/healthy-tenant.js';
import { AS_IT_IS_STARTED, residentMb, socketsOf, watchMemory } from '../support/resources.js';
import { type Asked, RudeClients } from '../support/rude-clients.js';
import { TestServer } from '../support/server.js';
import { makeSick, sickNodeCommand, sickState } from '../support/sickness.js';

/**
 * What passes through before the kernel's buffers are full leaves more behind than what is held, up
 * to 130 MB. Without a bound the same 40 streams come to 1,400 MB within three seconds.
 */
const MOST_GROWN_MB = 250;
const MOST_GROWN_BY_SILENCE_MB = 60;
/** What all of them together leave behind: the heap keeps some of what it once needed. */
const MOST_LEFT_MB = 350;
/** Half a minute of patience, and some. */
const CUT_WITHIN_MS = 50_000;
/** Longer than the patience with those who take nothing. */
const SIPPED_MS = 36_000;
/**
 * A kernel asks for more only when a sixteenth of its buffer is free, which can be 2 MB and is read at
 * 80 KB a second.
 */
const MORE_WITHIN_MS = 60_000;
const STREAM = '/api/v1/agents/bot/run/stream';

// Clients that do not behave, while others are served. On SQLite alone: no client holds anything of
// the database while it waits, which `clients.postgres.spec.ts` shows where it could be otherwise.
describe('clients that', () => {
  let server: TestServer;
  let owner: Person;
  let tenant: sdk.Tenant;
  let beforeMb: number;
  /** Before anybody was rude. */
  let firstMb: number;
  let socketsBefore: number;
  let clients: RudeClients;
  /** They stay for as long as the server lets them. */
  let silent: RudeClients;
  let mostMb: () => number;
  beforeAll(async () => {
    const environment = { NEXUS_NODE_COMMAND: sickNodeCommand(), ...AS_IT_IS_STARTED };
    server = await TestServer.start({ environment });
    owner = await newPerson(server);
    tenant = await readyTenant(owner.client);
    expectData(await sdk.createAgent({ client: owner.client, body: echoSpec('bot') }), 201);
    await agentWhen(owner.client, 'bot', isRunning);
    // What a server that was used for a while holds: grown by then, not by what is tried here.
    await fareOf(owner, 3_000);
    firstMb = residentMb(server.pid);
    silent = new RudeClients(server);
  });
  afterAll(async () => {
    silent.leave();
    await server.close();
  });
  beforeEach(() => {
    clients = new RudeClients(server);
    beforeMb = residentMb(server.pid);
    mostMb = watchMemory(server.pid);
    socketsBefore = socketsOf(server.pid);
  });
  afterEach(async () => {
    mostMb();
    clients.leave();
    await makeSick(server, tenant.crName, undefined);
  });

  const run = (accept: string): Asked => ({
    method: 'POST',
    path: '/api/v1/agents/bot/run',
    headers: { ...owner.headers, accept },
    body: { query: 'x' },
  });
  const activeRuns = async (): Promise<number> => {
    const path = { name: 'bot' };
    const metrics = await sdk.getAgentMetrics({ client: owner.client, path });
    return expectData(metrics, 200).conversations.active;
  };
  const open = async (): Promise<number> => (await sickState(server, tenant.crName)).open;
  const sent = async (): Promise<number> => (await sickState(server, tenant.crName)).sentBytes;
  /** Others are served meanwhile, and memory stays within its bound. */
  const expectService = async (
    what: string,
    forMs: number,
    withinMb = MOST_GROWN_MB,
  ): Promise<void> => {
    const fare = await fareOf(owner, forMs);
    expect(fare.wrong).toEqual([]);
    const grownMb = mostMb() - beforeMb;
    process.stdout.write(`${what}: ${beforeMb.toFixed(0)} MB +${grownMb.toFixed(0)} MB\n`);
    expect(grownMb).toBeLessThan(withinMb);
  };
  /** Nothing is left of them, on either side. */
  const expectForgotten = async (withinMs = 5_000): Promise<void> => {
    await until('no run is under way', async () => (await activeRuns()) === 0, withinMs);
    await until('the node expectService nobody', async () => (await open()) === 0, withinMs);
    // Besides a few connections that are kept for the next request, on both sides.
    const isDown = async (): Promise<boolean> => socketsOf(server.pid) <= socketsBefore + 16;
    await until('their sockets are closed', isDown, withinMs);
  };

  it('never send, a thousand of them, are no load', async () => {
    await silent.connect(500);
    const path = '/api/v1/agents/bot';
    await clients.keepAlive(500, { method: 'GET', path, headers: owner.headers });
    expect(socketsOf(server.pid)).toBeGreaterThan(socketsBefore + 900);
    await expectService('1,000 connections that say nothing', 2_000, MOST_GROWN_BY_SILENCE_MB);
  });

  it('leave in mid-run end it, at once', async () => {
    // Again and again, so that what each of them left behind would add up.
    for (let round = 0; round < 5; round++) {
      await makeSick(server, tenant.crName, { kind: 'hung', only: '/run$' });
      await clients.ask(20, run('application/json'));
      await until('they are asked for', async () => (await open()) === 20);
      clients.leave();
      await expectForgotten();
    }
    await makeSick(server, tenant.crName, undefined);
    await expectService('100 that left in mid-run', 1_000, MOST_GROWN_BY_SILENCE_MB);
    await makeSick(server, tenant.crName, { kind: 'flood' });
    await clients.ask(20, run('text/event-stream'));
    await clients.converse(20, STREAM, owner.headers, ['{"query":"x"}']);
    await until('they are asked for', async () => (await open()) === 40);
    clients.leave();
    await expectForgotten();
    expect(mostMb() - beforeMb).toBeLessThan(MOST_GROWN_MB);
  });

  it('read nothing of their streams hold up their node, not the server, and are cut', async () => {
    await makeSick(server, tenant.crName, { kind: 'flood' });
    await clients.ask(20, run('text/event-stream'));
    await clients.converse(20, STREAM, owner.headers, ['{"query":"x"}']);
    await until('they are asked for', async () => (await open()) === 40);
    expect(await activeRuns()).toBe(40);
    await expectService('40 streams that nobody reads', 3_000);
    const atRest = await sent();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(await sent()).toBe(atRest);
    await expectForgotten(CUT_WITHIN_MS);
  });

  it('send without end over a WebSocket and read nothing are cut', async () => {
    await makeSick(server, tenant.crName, { kind: 'flood' });
    const messages = Array.from({ length: 20_000 }, () => '{"query":"x"}');
    await clients.converse(2, STREAM, owner.headers, messages);
    await expectForgotten();
    await makeSick(server, tenant.crName, undefined);
    await expectService('messages without end', 1_000);
  });

  it('follow a log that grows fast and read nothing of it are no load', async () => {
    await makeSick(server, tenant.crName, { kind: 'chatty', agent: 'bot' });
    await clients.ask(20, {
      method: 'GET',
      path: '/api/v1/agents/bot/logs?follow=true',
      headers: owner.headers,
    });
    await expectService('20 followers of a log that nobody reads', 6_000);
    clients.leave();
    await expectForgotten();
  });

  it('read their streams slowly hold up their node alone, and are served on', async () => {
    await makeSick(server, tenant.crName, { kind: 'flood' });
    await clients.sip(20, run('text/event-stream'));
    await until('they are asked for', async () => (await open()) === 20);
    await expectService('20 streams that are read slowly', SIPPED_MS);
    const atFirst = await sent();
    await until('they are sent more', async () => (await sent()) > atFirst, MORE_WITHIN_MS);
    expect({ open: await open(), runs: await activeRuns(), left: clients.left }).toEqual({
      open: 20,
      runs: 20,
      left: 20,
    });
    clients.leave();
    await expectForgotten();
  });

  it('never sent are closed by the server', async () => {
    await expect.poll(() => silent.left, { timeout: CUT_WITHIN_MS }).toBe(0);
    const leftMb = residentMb(server.pid) - firstMb;
    process.stdout.write(`after all of them: ${firstMb.toFixed(0)} MB +${leftMb.toFixed(0)} MB\n`);
    expect(leftMb).toBeLessThan(MOST_LEFT_MB);
  });
});
