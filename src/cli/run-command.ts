import { parseArgs } from 'node:util';
import { ConfigError, EXIT_CONFIG } from '../config/config-error.js';
import { type Config } from '../config/load-config.js';
import { isStorageUnavailable } from '../platform/database/database-errors.js';
import { AppError } from '../platform/errors/app-error.js';
import { type Command, type Invocation, type Terminal, UsageError } from './command.js';
import { overview, usageOf } from './usage.js';

export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;

/**
 * Finds the command, reads its options, runs it, and tells what went wrong.
 *
 * @returns the exit code of the program
 */
export async function runCommand(
  commands: readonly Command[],
  args: readonly string[],
  loadConfig: () => Config,
  terminal: Terminal,
): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === 'help') {
    if (name === undefined) terminal.note(overview(commands));
    else terminal.print(overview(commands));
    return name === undefined ? EXIT_USAGE : 0;
  }
  const command = commands.find((one) => one.name === name);
  if (command === undefined) {
    terminal.note(`There is no command ${name}.\n\n${overview(commands)}`);
    return EXIT_USAGE;
  }
  if (rest.includes('--help')) {
    terminal.print(usageOf(command));
    return 0;
  }
  try {
    const given = read(command, rest);
    return (await command.run({ ...given, config: loadConfig(), terminal })) ?? 0;
  } catch (error) {
    return explain(error, command, terminal);
  }
}

function read(command: Command, args: string[]): Pick<Invocation, 'words' | 'options'> {
  const { values, positionals } = parse(command, args);
  const wanted = command.words.length;
  if (positionals.length < wanted || positionals.includes('')) {
    throw new UsageError(`${command.words.join(' ')} is missing`);
  }
  if (positionals.length > wanted) {
    throw new UsageError(`"${positionals[wanted]}" is more than the command takes`);
  }
  return { words: positionals, options: values as Invocation['options'] };
}

function parse({ options }: Command, args: string[]) {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

function explain(error: unknown, command: Command, terminal: Terminal): number {
  if (error instanceof UsageError) {
    terminal.note(`${error.message}.\n\n${usageOf(command)}`);
    return EXIT_USAGE;
  }
  if (error instanceof ConfigError) {
    for (const problem of error.problems) terminal.note(problem);
    return EXIT_CONFIG;
  }
  if (error instanceof AppError) terminal.note(error.message);
  else if (isStorageUnavailable(error)) {
    terminal.note(`The database cannot be used: ${(error as Error).message}`);
  } else terminal.note(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return EXIT_FAILED;
}
