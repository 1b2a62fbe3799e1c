import { chmodSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import path from 'node:path';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule, ENTITIES } from './app.module.js';
import { API_TITLE } from './api-title.js';
import { FirstAdminService } from './auth/first-admin.service.js';
import type { Config } from './config/load-config.js';
import { SystemClock } from './platform/clock/system-clock.js';
import { Database } from './platform/database/database.js';
import { AdvisoryLockLease, FolderLease } from './platform/database/lease.js';
import { PostgresWakeChannel } from './platform/events/postgres-wake-channel.js';
import { WakeChannel } from './platform/events/wake-channel.js';
import { HealthChecks } from './platform/health/health-checks.js';
import { createAdapter } from './platform/http/http-server.js';
import { KnownRoutes } from './platform/http/known-routes.js';
import { serveOpenApi } from './platform/http/openapi.js';
import type { Logger } from './platform/logging/logger.js';

// Puts the server together and takes it apart again, in order: the database first and last.

/** A server that listens. */
export interface RunningServer {
  /** For example `http://127.0.0.1:8080`. */
  url: string;
  /**
   * Refuses new requests, lets those under way finish until the configured grace is over, stops
   * the nodes and closes the database.
   */
  stop(): Promise<void>;
}

export interface StartOptions {
  config: Config;
  logger: Logger;
  /** Shows a generated password to the person at the terminal; absent: it goes to a file. */
  showPassword?: (email: string, password: string) => void;
}

/**
 * Opens and migrates the database, starts every part, and listens.
 *
 * @throws ConfigError for what only a change of the configuration can mend
 */
export async function startServer({
  config,
  logger,
  showPassword,
}: StartOptions): Promise<RunningServer> {
  const database = await Database.open(config.database, ENTITIES);
  try {
    if (database.migrated.length > 0) {
      logger.log('Database migrated', { migrations: database.migrated });
    }
    const app = await createApplication(config, database, logger);
    await createFirstAdmin(app, config, logger, showPassword);
    await app.listen(config.http.port, config.http.host);
    return {
      url: await app.getUrl(),
      stop: async () => {
        await closeWithin(app, config.http.shutdownGraceSeconds * 1000, logger);
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function createApplication(
  config: Config,
  database: Database,
  logger: Logger,
): Promise<NestFastifyApplication> {
  const clock = new SystemClock();
  const routes = new KnownRoutes();
  const { url } = config.database;
  const wakes = url === undefined ? new WakeChannel() : new PostgresWakeChannel(url, clock);
  const lease = url === undefined ? new FolderLease() : new AdvisoryLockLease(url, clock);
  const parts = { config, database, clock, logger, routes, wakes, lease };
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.forRoot(parts),
    createAdapter(routes, config.http),
    { logger: logger.forFramework(), bodyParser: false, abortOnError: false },
  );
  serveOpenApi(app, API_TITLE);
  app.get(HealthChecks).add('database', async () => {
    await database.check();
    return 'ok';
  });
  await app.init();
  return app;
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
