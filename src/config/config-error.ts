/** The exit code of a program that cannot run as configured (`EX_CONFIG` of sysexits.h). */
export const EXIT_CONFIG = 78;

/** The configuration cannot be used; holds every problem, each a sentence that names its setting. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: readonly string[]) {
    super(`The configuration has ${problems.length} problem(s): ${problems.join('; ')}`);
  }
}
