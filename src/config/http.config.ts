import { concern, setting } from './concern.js';
import { text, wholeNumber } from './setting-types.js';

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
  shutdownGraceSeconds: setting({
    name: 'NEXUS_SHUTDOWN_GRACE',
    schema: wholeNumber(0, 600),
    fallback: '20',
    summary: 'Seconds that requests under way get to finish when the server is asked to stop.',
  }),
}) {}
