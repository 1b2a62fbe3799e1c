import { concern, setting } from './concern.js';
import { oneOf } from './setting-types.js';

/** What the log looks like. */
export class LoggingConfig extends concern('Logging', {
  level: setting({
    name: 'NEXUS_LOG_LEVEL',
    schema: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    fallback: 'info',
    summary: 'The least important level that is logged.',
  }),
  format: setting({
    name: 'NEXUS_LOG_FORMAT',
    schema: oneOf(['pretty', 'json']).optional(),
    summary: '`pretty` for people, `json` for machines.',
    absent: '`pretty` on a terminal, else `json`',
  }),
}) {}
