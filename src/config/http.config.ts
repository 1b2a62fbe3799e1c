import { concern, setting } from './concern.js';
import { networkList, optionalPort, originList, text, wholeNumber } from './setting-types.js';

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
  trustedProxies: setting({
    name: 'NEXUS_TRUSTED_PROXIES',
    schema: networkList(),
    summary:
      'Addresses and networks of proxies in front, separated by commas. From them alone `X-Forwarded-*` is believed: the address of a caller is the rightmost one that is not in this list.',
    absent: 'none: `X-Forwarded-*` is ignored',
  }),
  corsOrigins: setting({
    name: 'NEXUS_CORS_ORIGINS',
    schema: originList(),
    summary:
      'Origins whose pages may call the API from a browser, such as `https://app.example.com`, separated by commas.',
    absent: 'none',
  }),
  streamsPerActor: setting({
    name: 'NEXUS_STREAMS_PER_ACTOR',
    schema: wholeNumber(1, 100_000),
    fallback: '100',
    summary:
      'WebSockets and followed logs that one person or key may have open at the same time on each server.',
  }),
  shutdownDelaySeconds: setting({
    name: 'NEXUS_SHUTDOWN_DELAY',
    schema: wholeNumber(0, 600),
    fallback: '0',
    summary:
      'Seconds that the server goes on serving when it is asked to stop, while `/readyz` answers 503 and every answer asks its client for another connection: what sends requests to it hears of the end before it comes.',
  }),
  shutdownGraceSeconds: setting({
    name: 'NEXUS_SHUTDOWN_GRACE',
    schema: wholeNumber(0, 600),
    fallback: '20',
    summary: 'Seconds that requests under way get to finish when the server is asked to stop.',
  }),
}) {}
