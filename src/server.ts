import { chmodSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import path from 'node:path';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { AppModule, ENTITIES } from './app.module.js';
import { API_TITLE } from './api-title.js';
import { FirstAdminService } from './auth/first-admin.service.js';
import { ConfigError } from './config/config-error.js';
import type { Config } from './config/load-config.js';
import type { Clock } from './platform/clock/clock.js';
import { SystemClock } from './platform/clock/system-clock.js';
import { Database } from './platform/database/database.js';
import { AdvisoryLockLease, FolderLease, type Lease } from './platform/database/lease.js';
import { PostgresWakeChannel } from './platform/events/postgres-wake-channel.js';
import { SqliteWakeChannel } from './platform/events/sqlite-wake-channel.js';
import { HealthChecks } from './platform/health/health-checks.js';
import { Departure } from './platform/http/departure.js';
import { createAdapter } from './platform/http/http-server.js';
import { KnownRoutes } from './platform/http/known-routes.js';
import { logRequests } from './platform/http/request-log.js';
import { serveOpenApi } from './platform/http/openapi-routes.js';
import type { AccessOptions } from './platform/kubernetes/cluster-access.js';
import type { Logger } from './platform/logging/logger.js';
import { Metrics } from './platform/metrics/metrics.js';
import { showState } from './platform/metrics/prometheus-state.js';
import { startCluster } from './start-cluster.js';
import { startMetrics } from './start-metrics.js';
import { VariablesService } from './tenants/variables.service.js';

// Puts the server together and takes it apart again, in order: the database first and last.

/** A server that listens. */
export interface RunningServer {
  /** For example `http://127.0.0.1:8080`. */
  url: string;
  /** Where the metrics are; undefined when they are off. */
  metricsUrl: string | undefined;
  /**
   * Serves on for the configured delay and says that it goes. Then refuses new requests, lets those
   * under way finish until the configured grace is over, stops the nodes and closes the database.
   */
  stop(): Promise<void>;
}

export interface StartOptions {
  /** Makes the connection to the cluster; as the configuration says when left out. */
  connect?: AccessOptions['connect'];
  config: Config;
  logger: Logger;
  /** Shows a generated password to the person at the terminal; absent: it goes to a file. */
  showPassword?: (email: string, password: string) => void;
}

/** Something that takes requests; what was started last is stopped first. */
interface Listener {
  /** Refuses new requests and ends those under way. */
  stop(): Promise<void>;
}

/**
 * Opens and migrates the database, starts every part, and listens.
 *
 * @throws ConfigError for what only a change of the configuration can mend
 */
export async function startServer({
  config,
  logger,
  connect,
  showPassword,
}: StartOptions): Promise<RunningServer> {
  const metrics = new Metrics();
  const database = await Database.open(config.database, ENTITIES, metrics.units, (migrations) =>
    logger.log('Migrating the database', { migrations }),
  );
  const departure = new Departure();
  const listeners: Listener[] = [];
  const dismantle = async (): Promise<void> => {
    for (const listener of listeners.toReversed()) await listener.stop();
    await database.close();
  };
  try {
    if (database.migrated.length > 0) {
      logger.log('Database migrated', { migrations: database.migrated });
    }
    const collected = await startMetrics(config.http, metrics, logger);
    if (collected !== undefined) listeners.push(collected);
    const watched = { metrics, logger, departure };
    const app = await createApplication(config, database, watched, connect);
    // Before it is up: nodes may have been started when the rest of the start fails.
    listeners.push({
      stop: () => closeWithin(app, config.http.shutdownGraceSeconds * 1000, logger),
    });
    await app.get(FirstAdminService).refuseToGenerate();
    await app.init();
    await app.get(VariablesService).reseal();
    await createFirstAdmin(app, config, logger, showPassword);
    await listen(app, config.http);
    const stop = async (): Promise<void> => {
      await leave(app, departure, config.http.shutdownDelaySeconds * 1000);
      await dismantle();
    };
    return { url: await app.getUrl(), metricsUrl: collected?.url, stop };
  } catch (error) {
    await dismantle();
    throw error;
  }
}

/** @throws ConfigError when the address cannot be listened on */
async function listen(app: NestFastifyApplication, { host, port }: Config['http']): Promise<void> {
  try {
    await app.listen(port, host);
  } catch (error) {
    const problem = LISTEN_PROBLEMS[(error as NodeJS.ErrnoException).code ?? ''];
    throw problem === undefined ? error : new ConfigError([problem(host, port)]);
  }
}

const LISTEN_PROBLEMS: Readonly<Record<string, (host: string, port: number) => string>> = {
  EADDRINUSE: (host, port) =>
    `NEXUS_PORT ${port} on ${host} is taken; stop what listens there, or choose another port`,
  EACCES: (_host, port) =>
    `NEXUS_PORT ${port} may not be used by this account; choose one above 1023`,
  EADDRNOTAVAIL: (host) => `NEXUS_HOST ${host} is no address of this machine`,
  ENOTFOUND: (host) => `NEXUS_HOST ${host} cannot be resolved`,
};

async function createApplication(
  config: Config,
  database: Database,
  { metrics, logger, departure }: { metrics: Metrics; logger: Logger; departure: Departure },
  connect: AccessOptions['connect'],
): Promise<NestFastifyApplication> {
  const clock = new SystemClock();
  const routes = new KnownRoutes();
  const { url } = config.database;
  const wakes =
    url === undefined
      ? new SqliteWakeChannel(() => database.foreignVersion(), clock)
      : new PostgresWakeChannel(url, clock);
  database.trust(wakes);
  const cluster = await startCluster(config, { clock, logger, metrics }, connect);
  const lease = cluster?.lease ?? leaseOf(url, clock);
  const parts = {
    config,
    database,
    cluster: cluster?.access,
    clock,
    logger,
    routes,
    wakes,
    lease,
    metrics,
  };
  showState(metrics.registry, { database, lease, clock });
  const adapter = createAdapter(routes, config.http, departure);
  const http = adapter.getInstance<FastifyInstance>();
  logRequests(http, logger);
  metrics.requests.watch(http);
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.forRoot(parts), adapter, {
    logger: logger.forFramework(),
    bodyParser: false,
    abortOnError: false,
  });
  serveOpenApi(app, API_TITLE);
  app.get(HealthChecks).add('database', () => database.check());
  return app;
}

/** Who reconciles, where the cluster does not say. */
function leaseOf(url: string | undefined, clock: Clock): Lease {
  return url === undefined ? new FolderLease() : new AdvisoryLockLease(url, clock);
}

/** Tells clients, and whoever asks whether it is ready, and gives them time to hear it. */
async function leave(
  app: NestFastifyApplication,
  departure: Departure,
  delayMs: number,
): Promise<void> {
  if (delayMs === 0) return;
  app.get(HealthChecks).add('server', () => Promise.resolve('stopping'));
  departure.announce();
  await new SystemClock().sleep(delayMs);
}

/** Cuts what is still served when the grace is over: nodes have to be stopped all the same. */
async function closeWithin(
  app: NestFastifyApplication,
  graceMs: number,
  logger: Logger,
): Promise<void> {
  const server: Server = app.getHttpServer();
  const timer = setTimeout(() => {
    logger.warn('Requests cut off that did not finish in time', { graceMs });
    server.closeAllConnections();
  }, graceMs);
  await app.close().finally(() => clearTimeout(timer));
}

async function createFirstAdmin(
  app: NestFastifyApplication,
  config: Config,
  logger: Logger,
  showPassword: StartOptions['showPassword'],
): Promise<void> {
  const file = path.join(config.database.dataDir, 'admin-password');
  const admin = await app.get(FirstAdminService).ensure(({ password }) => {
    if (password !== undefined && showPassword === undefined) keepPassword(file, password);
  });
  if (admin === undefined) return;
  if (admin.password === undefined) logger.log('Admin created', { email: admin.email });
  else if (showPassword !== undefined) showPassword(admin.email, admin.password);
  else logger.log('Admin created', { email: admin.email, passwordFile: file });
}

function keepPassword(file: string, password: string): void {
  writeFileSync(file, `${password}\n`, { mode: 0o600 });
  chmodSync(file, 0o600);
}
