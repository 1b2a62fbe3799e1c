import { Initial1764000000000 } from './1764000000000-initial.js';
import { Retention1764400000000 } from './1764400000000-retention.js';

/** Every migration, oldest first. An entry is never edited once it is released, only followed. */
export const MIGRATIONS = [Initial1764000000000, Retention1764400000000];
