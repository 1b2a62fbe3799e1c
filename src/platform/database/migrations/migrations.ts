import { Initial1764000000000 } from './1764000000000-initial.js';
import { SessionsAndLimits1764100000000 } from './1764100000000-sessions-and-limits.js';
import { TenantVariables1764100100000 } from './1764100100000-tenant-variables.js';
import { AgentTraces1764100200000 } from './1764100200000-agent-traces.js';
import { Retention1764400000000 } from './1764400000000-retention.js';
import { TwoDoors1764500000000 } from './1764500000000-two-doors.js';

/** Every migration, oldest first. An entry is never edited once it is released, only followed. */
export const MIGRATIONS = [
  Initial1764000000000,
  SessionsAndLimits1764100000000,
  TenantVariables1764100100000,
  AgentTraces1764100200000,
  Retention1764400000000,
  TwoDoors1764500000000,
];
