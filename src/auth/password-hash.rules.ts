/** The cost of one hash, as the PHC string format tells it. */
export interface HashParameters {
  /** For example `argon2id`. */
  algorithm: string;
  version: number;
  /** KiB. */
  memoryCost: number;
  /** Passes. */
  timeCost: number;
  /** Lanes. */
  parallelism: number;
}

const PHC =
  /^\$(argon2[a-z]{1,2})\$v=(\d+)\$m=(\d+),t=(\d+),p=(\d+)\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$/;

/** Reads the parameters of an argon2 hash; undefined when it is none. */
export function parametersOf(hash: string): HashParameters | undefined {
  const [, algorithm, ...numbers] = PHC.exec(hash) ?? [];
  if (algorithm === undefined) return undefined;
  const [version = 0, memoryCost = 0, timeCost = 0, parallelism = 0] = numbers.map(Number);
  return { algorithm, version, memoryCost, timeCost, parallelism };
}

/** Whether a hash was not made with these parameters, so that it should be made anew. */
export function isOutdated(hash: string, today: HashParameters): boolean {
  const stored = parametersOf(hash);
  if (stored === undefined) return true;
  return Object.entries(today).some(
    ([key, value]) => stored[key as keyof HashParameters] !== value,
  );
}
