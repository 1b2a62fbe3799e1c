import type { z } from 'zod';

/** One setting: an environment variable, how it is read, and what the documentation says. */
export interface Setting<T = unknown> {
  /** The environment variable. */
  readonly name: string;
  /** Reads the text of the variable; gets `undefined` when neither it nor a default is there. */
  readonly schema: z.ZodType<T, string | undefined>;
  /** What is read when the variable is absent or empty. */
  readonly fallback?: string;
  /** Documentation: the meaning, with the unit. */
  readonly summary: string;
  /** Documentation: what an absent value means where that is not a plain default. */
  readonly absent?: string;
  /** Secrets are never printed, and may be given as a file through `<NAME>_FILE`. */
  readonly secret?: boolean;
}

export type Settings = Readonly<Record<string, Setting>>;

export type Values<S extends Settings> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never;
};

/** The class of one concern: an injection token, the type of its values, and its settings. */
export interface ConcernClass<S extends Settings> {
  new (values: Values<S>): Values<S>;
  readonly title: string;
  readonly settings: S;
}

/** Types a setting, so that `concern` can infer the value it yields. */
export function setting<T>(definition: Setting<T>): Setting<T> {
  return definition;
}

/**
 * Makes the base class of one concern. Instances are frozen and hold one property a setting.
 *
 * @param title the heading in the documentation
 */
export function concern<S extends Settings>(title: string, settings: S): ConcernClass<S> {
  class Concern {
    static readonly title = title;
    static readonly settings = settings;

    constructor(values: Values<S>) {
      Object.assign(this, values);
      Object.freeze(this);
    }
  }
  return Concern as unknown as ConcernClass<S>;
}
