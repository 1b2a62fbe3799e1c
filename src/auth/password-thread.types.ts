/** What a new hash costs, as the library wants it. */
export interface PasswordCost {
  /** argon2id: its `Algorithm.Argon2id`, whose enumeration exists for the compiler alone. */
  algorithm: 2;
  /** KiB. */
  memoryCost: number;
  /** Passes. */
  timeCost: number;
  /** Lanes. */
  parallelism: number;
}

/** One piece of work for a thread that hashes: a new hash, or a stored one that may fit. */
export type PasswordWork =
  { password: string; cost: PasswordCost } | { password: string; stored: string };

/** What came of it: the hash, or whether it fits; else why it failed. */
export type PasswordAnswer = { value: string | boolean } | { error: unknown };
