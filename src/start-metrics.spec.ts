import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../test/support/silent-logger.js';
import { ConfigError } from './config/config-error.js';
import { HttpConfig } from './config/http.config.js';
import { Metrics } from './platform/metrics/metrics.js';
import { startMetrics } from './start-metrics.js';

const HOST = '127.0.0.1';

function configured(metricsPort: number | 'off' | undefined): HttpConfig {
  return new HttpConfig({
    host: HOST,
    port: 0,
    metricsPort,
    trustedProxies: [],
    corsOrigins: [],
    streamsPerActor: 1,
    shutdownDelaySeconds: 0,
    shutdownGraceSeconds: 1,
  });
}

/** Takes a port, the default one when it is free. */
async function taken(port: number): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.once('error', () => resolve());
    server.listen(port, HOST, resolve);
  });
  return server;
}

describe('the listener of the metrics', () => {
  it('is not there when it is off', async () => {
    expect(await startMetrics(configured('off'), new Metrics(), silentLogger())).toBeUndefined();
  });

  it('is given up when the default port is taken', async () => {
    const other = await taken(9090);
    const started = await startMetrics(configured(undefined), new Metrics(), silentLogger());
    expect(started).toBeUndefined();
    other.close();
  });

  it('is a fault of the configuration when the port that was asked for is taken', async () => {
    const other = await taken(0);
    const { port } = other.address() as AddressInfo;
    const started = startMetrics(configured(port), new Metrics(), silentLogger());
    await expect(started).rejects.toThrow(ConfigError);
    await expect(started).rejects.toThrow(`NEXUS_METRICS_PORT ${port} is taken`);
    other.close();
  });

  it('ends with its stop', async () => {
    const listener = await startMetrics(configured(0), new Metrics(), silentLogger());
    const url = listener?.url ?? '';
    expect(await (await fetch(url)).text()).toContain('process_cpu_seconds_total');
    await listener?.stop();
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });
});
