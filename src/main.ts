import { ConfigError, EXIT_CONFIG } from './config/config-error.js';
import { type Config, loadConfig } from './config/load-config.js';
import { SystemClock } from './platform/clock/system-clock.js';
import { driverCode, isStorageUnavailable } from './platform/database/database-errors.js';
import { DOCS_PATH } from './platform/http/openapi-routes.js';
import { Logger } from './platform/logging/logger.js';
import { ProcessMemory } from './platform/memory/process-memory.js';
import { SpareMemory } from './platform/memory/spare-memory.js';
import { type RunningServer, startServer } from './server.js';
import { startWhenUsable } from './start-when-usable.js';

// Boots: configuration, server, and a graceful stop on the first signal.

/** What stopping the nodes may take after the last request has ended or was cut off. */
const AFTER_GRACE_MS = 20_000;

async function main(): Promise<void> {
  // Before anything starts: a stop that is asked for during the start comes right after it.
  const asked = stopAsked();
  const config = loadConfig();
  const logger = Logger.create(config.logging);
  const server = await start(config, logger, asked);
  if (server === undefined) process.exit(0);
  announce(server, logger);
  const spareMemory = new SpareMemory(new ProcessMemory(), new SystemClock(), logger);
  spareMemory.start();
  const signal = await asked;
  spareMemory.stop();
  logger.log('Stopping', { signal });
  await stop(server, config, logger);
}

/** As soon as the database can be used; elsewhere than in a cluster that is now or never. */
function start(
  config: Config,
  logger: Logger,
  asked: Promise<unknown>,
): Promise<RunningServer | undefined> {
  const shown = process.stdout.isTTY ? { showPassword: printPassword } : {};
  const attempt = (): Promise<RunningServer> => startServer({ config, logger, ...shown });
  if (config.reconciliation.driver !== 'kubernetes') return attempt();
  return startWhenUsable({ start: attempt, http: config.http, logger, asked });
}

/** Settles with the first signal to stop; later ones change nothing. */
function stopAsked(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, resolve);
  });
}

/** Tells where things are; `Nexus is ready` is the last line of a start. */
function announce({ url, metricsUrl }: RunningServer, logger: Logger): void {
  const docs = `${url}/${DOCS_PATH}`;
  logger.log('Nexus is ready', { api: url, docs, metrics: metricsUrl });
  if (process.stdout.isTTY)
    process.stdout.write(`\n  API         ${url}\n  Swagger UI  ${docs}\n\n`);
}

function printPassword(email: string, password: string): void {
  process.stdout.write(
    `\n  An admin was created. This is shown once:\n    address   ${email}\n    password  ${password}\n\n`,
  );
}

async function stop(server: RunningServer, config: Config, logger: Logger): Promise<never> {
  const { shutdownDelaySeconds, shutdownGraceSeconds } = config.http;
  const withinMs = (shutdownDelaySeconds + shutdownGraceSeconds) * 1000 + AFTER_GRACE_MS;
  setTimeout(() => {
    logger.error('Stopped before everything had finished', { withinMs });
    process.exit(1);
  }, withinMs).unref();
  try {
    await server.stop();
  } catch (error) {
    logger.error('Stopping failed', { error });
    process.exit(1);
  }
  logger.log('Stopped');
  process.exit(0);
}

/** What comes of the surroundings is told in words; whatever nobody expected, with its origin. */
function whyNot(error: unknown): string {
  if (isStorageUnavailable(error)) {
    return `the database cannot be used: ${(error as Error).message || driverCode(error)}; see to it and start again`;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

main().catch((error: unknown) => {
  if (error instanceof ConfigError) {
    process.stderr.write(
      `Nexus cannot start as it is configured:\n${error.problems.map((problem) => `  - ${problem}\n`).join('')}`,
    );
    process.exit(EXIT_CONFIG);
  }
  process.stderr.write(`Nexus cannot start: ${whyNot(error)}\n`);
  process.exit(1);
});
