import { Initial1764000000000 } from './1764000000000-initial.js';

/** Every migration, oldest first. An entry is never edited once it is released, only followed. */
export const MIGRATIONS = [Initial1764000000000];
