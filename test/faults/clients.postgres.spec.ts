import { expect, it } from 'vitest';
import {
  agentWhen,
  echoSpec,
  expectData,
  isRunning,
  newPerson,
  readyTenant,
  sdk,
  until,
} from '../support/api.js';
import { fareOf } from '../support/healthy-tenant.js';
import { RudeClients } from '../support/rude-clients.js';
import { TestServer } from '../support/server.js';
import { makeSick, sickNodeCommand, sickState } from '../support/sickness.js';

// The rest of what clients do is in `clients.sqlite.spec.ts`; here it is connections that are few.
it('clients that wait hold no connection to the database', async () => {
  const environment = { NEXUS_NODE_COMMAND: sickNodeCommand(), NEXUS_DB_POOL: '2' };
  const server = await TestServer.start({ environment });
  const clients = new RudeClients(server);
  try {
    const owner = await newPerson(server);
    const { crName } = await readyTenant(owner.client);
    expectData(await sdk.createAgent({ client: owner.client, body: echoSpec('bot') }), 201);
    await agentWhen(owner.client, 'bot', isRunning);
    await makeSick(server, crName, { kind: 'flood' });
    const { headers } = owner;
    await clients.converse(10, '/api/v1/agents/bot/run/stream', headers, ['{"query":"x"}']);
    await clients.ask(10, {
      method: 'POST',
      path: '/api/v1/agents/bot/run',
      headers: { ...headers, accept: 'text/event-stream' },
      body: { query: 'x' },
    });
    await until('they are asked for', async () => (await sickState(server, crName)).open === 20);
    const path = '/api/v1/agents/bot/logs?follow=true';
    await clients.ask(10, { method: 'GET', path, headers });
    expect((await fareOf(owner, 2_000)).wrong).toEqual([]);
    expect((await sickState(server, crName)).open).toBe(20);
    clients.leave();
    await until('they are gone', async () => (await sickState(server, crName)).open === 0, 5_000);
  } finally {
    clients.leave();
    await server.close();
  }
});
