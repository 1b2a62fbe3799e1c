import path from 'node:path';
import { expect, it } from 'vitest';
import { runServer } from '../support/server-process.js';
import { TestServer } from '../support/server.js';

it('a server does not share its folder: a second one exits with 78 and names the first', async () => {
  const server = await TestServer.start({ driver: 'none' });
  try {
    const { code, output } = await runServer({
      NEXUS_PORT: '0',
      NEXUS_DATA_DIR: path.join(server.dataDir, 'data'),
    });
    expect(code).toBe(78);
    expect(output).toContain(`in use by process ${server.pid}`);
  } finally {
    await server.close();
  }
});
