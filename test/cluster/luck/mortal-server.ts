/**
 * The built server, as an entry point of its own over a connection that cuts off what is fated. The
 * file that `MORTAL_FATES` names holds the fates; calls about tenants and agents wait until it is there. Each fate that is
 * met is a line of JSON, `{"met": …, "by": …}`.
 */
import { existsSync, readFileSync } from 'node:fs';
import type * as ConfigModule from '../../../src/config/load-config.js';
import type * as ConnectModule from '../../../src/platform/kubernetes/connect-cluster.js';
import type * as LoggerModule from '../../../src/platform/logging/logger.js';
import type * as ServerModule from '../../../src/server.js';
import { MortalConnection } from './mortal-connection.js';
import { FateBook, type Fates, type Call } from './mortal-fates.js';

const LOOK_EVERY_MS = 20;

/** A module of the built server. */
async function built<T>(name: string): Promise<T> {
  const url = new URL(`../../../dist/${name}.js`, import.meta.url);
  return (await import(url.href)) as T;
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function theFates(file: string): Promise<FateBook> {
  while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  const fates = JSON.parse(readFileSync(file, 'utf8')) as Fates;
  return new FateBook(fates, (met: string, { method, path }: Call) =>
    say({ met, by: `${method} ${path}` }),
  );
}

const { loadConfig } = await built<typeof ConfigModule>('config/load-config');
const { Logger } = await built<typeof LoggerModule>('platform/logging/logger');
const { connectCluster } = await built<typeof ConnectModule>('platform/kubernetes/connect-cluster');
const { startServer } = await built<typeof ServerModule>('server');
const fates = theFates(process.env['MORTAL_FATES'] ?? '');
const config = loadConfig();
const logger = Logger.create(config.logging);
const server = await startServer({
  config,
  logger,
  connect: async (source) => new MortalConnection(await connectCluster(source), fates),
});
logger.log('Nexus is ready', { api: server.url });
