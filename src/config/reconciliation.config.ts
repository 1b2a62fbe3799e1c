import { concern, setting } from './concern.js';
import { oneOf, wholeNumber } from './setting-types.js';

/** How the world is made to match the record. */
export class ReconciliationConfig extends concern('Reconciliation', {
  driver: setting({
    name: 'NEXUS_DRIVER',
    schema: oneOf(['local', 'kubernetes', 'none']),
    fallback: 'local',
    summary:
      '`local` runs the node of each tenant as a process of this machine; `kubernetes` makes each tenant a namespace of a cluster; `none` serves the API alone.',
  }),
  resyncSeconds: setting({
    name: 'NEXUS_RESYNC_SECONDS',
    schema: wholeNumber(1, 3600),
    fallback: '30',
    summary: 'Seconds between two shallow checks of a node (its list and its status), jittered.',
  }),
  deepResyncMinutes: setting({
    name: 'NEXUS_DEEP_RESYNC_MINUTES',
    schema: wholeNumber(1, 1440),
    fallback: '15',
    summary: "Minutes within which every agent's stored config on its node is compared once.",
  }),
  workers: setting({
    name: 'NEXUS_WORKERS',
    schema: wholeNumber(1, 256),
    fallback: '16',
    summary:
      'Agents that are converged at the same time, half of them of one tenant at most; one that waits for its node for a second no longer counts.',
  }),
}) {}
