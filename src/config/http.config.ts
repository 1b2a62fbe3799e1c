import { concern, setting } from './concern.js';
import { optionalPort, text, wholeNumber } from './setting-types.js';

/** Where and how the API listens. */
export class HttpConfig extends concern('Listening', {
  host: setting({
    name: 'NEXUS_HOST',
    schema: text(),
    fallback: '127.0.0.1',
    summary: 'Address that the API listens on.',
  }),
  port: setting({
    name: 'NEXUS_PORT',
    schema: wholeNumber(0, 65535),
    fallback: '8080',
    summary: 'Port of the API; 0 picks a free one.',
  }),
  metricsPort: setting({
    name: 'NEXUS_METRICS_PORT',
    schema: optionalPort(),
    summary:
      'Port of the metrics for Prometheus, at `/metrics`; 0 picks a free one, `off` has none.',
    absent: '9090, or none when that is taken',
  }),
  shutdownGraceSeconds: setting({
    name: 'NEXUS_SHUTDOWN_GRACE',
    schema: wholeNumber(0, 600),
    fallback: '20',
    summary: 'Seconds that requests under way get to finish when the server is asked to stop.',
  }),
}) {}
