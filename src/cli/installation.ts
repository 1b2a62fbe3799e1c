import { userInfo } from 'node:os';
import { type INestApplicationContext, Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AgentRecordsModule } from '../agents/agent-records.module.js';
import { ENTITIES } from '../app.module.js';
import { type AuditActor, type AuditRecord, AuditTrail } from '../audit/audit-trail.service.js';
import { AuthModule } from '../auth/auth.module.js';
import { ConfigModule } from '../config/config.module.js';
import type { Config } from '../config/load-config.js';
import { SystemClock } from '../platform/clock/system-clock.js';
import { Database } from '../platform/database/database.js';
import { DatabaseModule } from '../platform/database/database.module.js';
import { Lease } from '../platform/database/lease.js';
import type { Tx } from '../platform/database/unit-of-work.js';
import { PostgresWakeChannel } from '../platform/events/postgres-wake-channel.js';
import { CURRENT_FOR_MS, WakeChannel } from '../platform/events/wake-channel.js';
import { KnownRoutes } from '../platform/http/known-routes.js';
import { Logger } from '../platform/logging/logger.js';
import { Metrics } from '../platform/metrics/metrics.js';
import { PlatformModule } from '../platform/platform.module.js';
import { RateLimitModule } from '../platform/rate-limit/rate-limit.module.js';
import { TenantsModule } from '../tenants/tenants.module.js';
import { UsersModule } from '../users/users.module.js';

// The services of the product over a database that a server may be using: nothing listens, nothing
// reconciles, nothing is claimed or migrated.

/** Who acts: the account of the machine that runs the command. */
export function operator(): AuditActor {
  return { kind: 'system', id: 'nexus-admin', label: userInfo().username };
}

/** Tells the audit what was done to the database as a whole. */
export async function tellAudit(
  tx: Tx,
  action: string,
  detail: AuditRecord['detail'] = {},
): Promise<void> {
  const entry = { actor: operator(), action, target: 'database', detail };
  await AuditTrail.alone(new SystemClock()).record(tx, entry);
}

/**
 * Opens the database beside a running server and closes it after the work.
 *
 * @throws ConfigError when there is none, or its schema is not that of this program
 */
export async function withDatabase<T>(
  { database }: Config,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const opened = await Database.attach(database, ENTITIES);
  try {
    return await work(opened);
  } finally {
    await opened.close();
  }
}

/** The same, with the services on top of it. */
export async function withServices<T>(
  config: Config,
  work: (services: INestApplicationContext, database: Database) => Promise<T>,
): Promise<T> {
  return withDatabase(config, async (database) => {
    const logger = Logger.create(config.logging, process.stderr);
    const services = await NestFactory.createApplicationContext(
      InstallationModule.forRoot(config, database, logger),
      { logger: logger.forFramework(), abortOnError: false },
    );
    try {
      return await work(services, database);
    } finally {
      await services.close();
    }
  });
}

/**
 * Waits until no server beside believes any more what a command has just revoked: on SQLite a server
 * looks for itself, on PostgreSQL it was told with the commit.
 */
export async function untilNoticed({ database }: Config): Promise<void> {
  if (database.url === undefined) await new SystemClock().sleep(CURRENT_FOR_MS);
}

@Module({})
class InstallationModule {
  static forRoot(config: Config, database: Database, logger: Logger): DynamicModule {
    const clock = new SystemClock();
    const { url } = config.database;
    const platform = {
      clock,
      logger,
      routes: new KnownRoutes(),
      wakes: url === undefined ? new WakeChannel(clock) : new PostgresWakeChannel(url, clock),
      lease: new NoLease(),
      metrics: new Metrics(),
    };
    return {
      module: InstallationModule,
      imports: [
        ConfigModule.forRoot(config),
        DatabaseModule.forRoot(database),
        PlatformModule.forRoot(platform),
        RateLimitModule,
        AgentRecordsModule,
        UsersModule,
        TenantsModule,
        AuthModule,
      ],
    };
  }
}

/** Never takes the lease from a server. */
class NoLease extends Lease {
  readonly held = false;

  async start(): Promise<void> {}

  async stop(): Promise<void> {}
}
