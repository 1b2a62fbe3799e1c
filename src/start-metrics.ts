import { ConfigError } from './config/config-error.js';
import type { HttpConfig } from './config/http.config.js';
import type { Logger } from './platform/logging/logger.js';
import type { Metrics } from './platform/metrics/metrics.js';
import { MetricsListener } from './platform/metrics/metrics-listener.js';

const DEFAULT_PORT = 9090;

/**
 * Opens the listener of the metrics. Nobody asked for the default port, so a server whose
 * default port is taken goes on without metrics.
 *
 * @returns undefined when there is none
 * @throws ConfigError when the port that was asked for is taken
 */
export async function startMetrics(
  { host, metricsPort }: HttpConfig,
  metrics: Metrics,
  logger: Logger,
): Promise<MetricsListener | undefined> {
  if (metricsPort === 'off') return undefined;
  const port = metricsPort ?? DEFAULT_PORT;
  try {
    return await MetricsListener.start(metrics.registry, host, port);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    if (metricsPort !== undefined) {
      throw new ConfigError([
        `NEXUS_METRICS_PORT ${port} is taken on ${host}; free it, choose another one, 0 for any free one, or off`,
      ]);
    }
    logger.warn('Metrics are off, their port is taken; set NEXUS_METRICS_PORT', { port });
    return undefined;
  }
}
