import type { Command } from './command.js';

/** All commands, one a line. */
export function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map((command) => callOf(command).length));
  return [
    'Usage: nexus-admin COMMAND …',
    '',
    'Works on the database of an installation, with the settings of its server, beside it.',
    '',
    ...commands.map((command) => `  ${callOf(command).padEnd(width)}  ${command.summary}`),
    '',
    'nexus-admin COMMAND --help tells more.',
    'Exit codes: 0 done, 1 failed or found something, 2 wrong usage, 78 wrong configuration.',
  ].join('\n');
}

/** One command in full. */
export function usageOf(command: Command): string {
  const details = command.details.length === 0 ? [] : ['', ...command.details];
  return [`Usage: nexus-admin ${callOf(command)}`, '', command.summary, ...details].join('\n');
}

function callOf({ name, words, synopsis }: Command): string {
  return [name, ...words, synopsis].filter((part) => part !== '').join(' ');
}
