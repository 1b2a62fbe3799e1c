import { expect, it } from 'vitest';
import { clientOf, expectData, expectError, sdk, until } from '../support/api.js';
import { freshDatabase } from '../support/postgres.js';
import { TestServer } from '../support/server.js';

it('a server whose database is away is alive, not ready, and says what is missing', async () => {
  const database = await freshDatabase();
  const environment = { DATABASE_URL: database.url };
  const server = await TestServer.start({ driver: 'none', environment });
  try {
    const client = clientOf(server);
    expect(expectData(await sdk.ready({ client }), 200)).toEqual({
      status: 'ready',
      checks: { database: 'ok', driver: 'ok' },
    });
    await database.drop();
    const answer = await until('it is not ready', async () => {
      const now = await sdk.ready({ client });
      return now.response?.status === 200 ? undefined : now;
    });
    const error = expectError(answer, 503, 'not_ready');
    expect(error.error).toBe('Not ready: database.');
    expect(error['checks']).toEqual({ database: 'unavailable', driver: 'ok' });
    expect(answer.response?.headers.get('retry-after')).toBe('2');
    expect(expectData(await sdk.alive({ client }), 200)).toEqual({ status: 'ok' });
    expect(await server.stop()).toBe(0);
  } finally {
    await server.close();
    await database.drop();
  }
});
