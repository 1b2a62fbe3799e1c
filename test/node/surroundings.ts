/** What is around a machine in the world: the metadata service of its cloud, and somebody's server. */
import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import { promisify } from 'node:util';

const run = promisify(execFile);
const LINK = 'nexus-around';

/** Credentials of the machine are had there, in any of the clouds. */
export const METADATA = '169.254.169.254';
/** Of a network that is nobody's, and so stands for all that are public. */
export const OUTSIDE = '203.0.113.7';

/**
 * Gives the machine's network both, each listening on its ports.
 *
 * @returns takes them away again
 */
export async function surroundings(): Promise<() => Promise<void>> {
  const ip = (...args: string[]): Promise<unknown> => run('ip', args);
  await ip('link', 'add', LINK, 'type', 'bridge');
  for (const address of [METADATA, OUTSIDE]) {
    await ip('address', 'add', `${address}/32`, 'dev', LINK);
  }
  await ip('link', 'set', LINK, 'up');
  const servers = await Promise.all([
    listening(METADATA, 80),
    listening(OUTSIDE, 80),
    listening(OUTSIDE, 443),
  ]);
  return async () => {
    for (const server of servers) server.close();
    await ip('link', 'del', LINK);
  };
}

function listening(host: string, port: number): Promise<Server> {
  const server = createServer((socket) => socket.on('error', () => undefined).end());
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}
