import type { ParseArgsOptionsConfig } from 'node:util';
import type { Config } from '../config/load-config.js';

/** What a command is given. */
export interface Invocation {
  /** What was said besides options, as many as the command takes. */
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  readonly config: Config;
  readonly terminal: Terminal;
}

/** Results go to the standard output, what is for people alone to the standard error. */
export interface Terminal {
  print(line: string): void;
  note(line: string): void;
  /** The first line of the standard input. */
  readLine(): Promise<string>;
}

export interface Command {
  readonly name: string;
  /** Names of what it takes besides options, for example `EMAIL`. */
  readonly words: readonly string[];
  /** Options and their arguments, as they are shown. */
  readonly synopsis: string;
  readonly summary: string;
  /** What else there is to know, in lines. */
  readonly details: readonly string[];
  readonly options: ParseArgsOptionsConfig;
  /** @returns an exit code other than 0 when it went well and found something */
  run(invocation: Invocation): Promise<number | void>;
}

/** The command was not called as it has to be; exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
