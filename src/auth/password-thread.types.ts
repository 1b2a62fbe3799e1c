import type { Options } from '@node-rs/argon2';

/** One piece of work for a thread that hashes: a new hash, or a stored one that may fit. */
export type PasswordWork =
  { password: string; options: Options } | { password: string; stored: string };

/** What came of it: the hash, or whether it fits; else why it failed. */
export type PasswordAnswer = { value: string | boolean } | { error: unknown };
