import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nexusAdmin } from '../support/admin.js';
import { clientOf, expectData, newPerson, type Person, sdk, theAdmin } from '../support/api.js';
import { TestServer } from '../support/server.js';

// Credentials are remembered, so everything here is asked for often enough to be remembered.
describe('a credential that is in use all the time', () => {
  let server: TestServer;
  let admin: Person;
  beforeAll(async () => {
    server = await TestServer.start({ driver: 'none' });
    admin = await theAdmin(server);
  });
  afterAll(() => server.close());

  /** Uses it without a pause until `done`; gives how long it was let in after that, in ms. */
  async function useDuring(headers: Record<string, string>, work: () => Promise<unknown>) {
    const client = clientOf(server, headers);
    let doneMs = Infinity;
    let lastLetInMs = 0;
    let over = false;
    const use = async (): Promise<void> => {
      while (!over) {
        const askedMs = performance.now();
        const { response } = await sdk.whoAmI({ client });
        if (response?.status === 200) lastLetInMs = askedMs;
        else if (askedMs > doneMs) over = true;
      }
    };
    const lanes = [use(), use(), use(), use()];
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(lastLetInMs).toBeGreaterThan(0);
    await work();
    doneMs = performance.now();
    await Promise.all(lanes);
    return lastLetInMs - doneMs;
  }

  it('is refused from the answer to its revocation on', async () => {
    const body = { label: 'busy' };
    const key = expectData(await sdk.createAdminKey({ client: admin.client, body }), 201);
    const path = { hash: key.hash };
    const revoke = () => sdk.revokeAdminKey({ client: admin.client, path });
    expect(await useDuring({ 'x-api-key': key.rawKey }, revoke)).toBeLessThanOrEqual(0);
  });

  it('is refused from the answer to the end of its session on', async () => {
    const person = await newPerson(server);
    const logOut = () => sdk.logout({ client: person.client, body: {} });
    expect(await useDuring({ ...person.headers }, logOut)).toBeLessThanOrEqual(0);
  });

  it('is refused from the answer to the change of its account on', async () => {
    const person = await newPerson(server);
    const path = { id: person.session.user.id };
    const disable = () => sdk.updateUser({ client: admin.client, path, body: { disabled: true } });
    expect(await useDuring({ ...person.headers }, disable)).toBeLessThanOrEqual(0);
  });

  it('tells a new role at once', async () => {
    const person = await newPerson(server);
    const who = async () => expectData(await sdk.whoAmI({ client: person.client }), 200);
    expect(await who()).toMatchObject({ role: 'user' });
    const path = { id: person.session.user.id };
    expectData(await sdk.updateUser({ client: admin.client, path, body: { role: 'admin' } }), 200);
    expect(await who()).toMatchObject({ role: 'admin' });
  });

  it('is refused when a command beside the server has ended that revokes it', async () => {
    const person = await newPerson(server);
    const reset = () => nexusAdmin(server.settings, ['reset-password', person.session.user.email]);
    // On PostgreSQL the notice is on its way when the command ends.
    expect(await useDuring({ ...person.headers }, reset)).toBeLessThanOrEqual(50);
  });
});
