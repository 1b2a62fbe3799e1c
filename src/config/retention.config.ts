import { concern, setting } from './concern.js';
import { wholeNumber } from './setting-types.js';

const DAYS = wholeNumber(1, 36_500);

/** How long the record is kept; what is older is removed in small units. */
export class RetentionConfig extends concern('Retention', {
  auditDays: setting({
    name: 'NEXUS_RETENTION_AUDIT_DAYS',
    schema: DAYS,
    fallback: '400',
    summary: 'Days that entries of the audit are kept.',
  }),
  versions: setting({
    name: 'NEXUS_RETENTION_VERSIONS',
    schema: wholeNumber(1, 10_000),
    fallback: '50',
    summary: 'Newest specs of each agent that are kept.',
  }),
  runDays: setting({
    name: 'NEXUS_RETENTION_RUN_DAYS',
    schema: DAYS,
    fallback: '8',
    summary: 'Days that records of runs are kept; metrics of agents reach no further back.',
  }),
  sessionDays: setting({
    name: 'NEXUS_RETENTION_SESSION_DAYS',
    schema: DAYS,
    fallback: '30',
    summary: 'Days that ended and expired sessions, and revoked and expired keys, are kept.',
  }),
}) {}
