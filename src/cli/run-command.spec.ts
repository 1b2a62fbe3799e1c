import { describe, expect, it } from 'vitest';
import { ConfigError } from '../config/config-error.js';
import type { Config } from '../config/load-config.js';
import { AppError } from '../platform/errors/app-error.js';
import type { Command } from './command.js';
import { COMMANDS } from './commands.js';
import { runCommand } from './run-command.js';

const CONFIG = {} as Config;

async function call(
  args: readonly string[],
  commands: readonly Command[] = COMMANDS,
  loadConfig = (): Config => CONFIG,
): Promise<{ code: number; printed: string; noted: string }> {
  const [printed, noted]: [string[], string[]] = [[], []];
  const terminal = {
    print: (line: string) => void printed.push(line),
    note: (line: string) => void noted.push(line),
    readLine: async () => '',
  };
  const code = await runCommand(commands, args, loadConfig, terminal);
  return { code, printed: printed.join('\n'), noted: noted.join('\n') };
}

/** A command that does this. */
function command(run: Command['run']): Command {
  const text = { synopsis: '[--loud]', summary: 'Does it.', details: ['More of it.'] };
  return { name: 'do', words: ['WHAT'], options: { loud: { type: 'boolean' } }, ...text, run };
}

function failing(error: Error): Promise<{ code: number; printed: string; noted: string }> {
  const one = command(async () => {
    throw error;
  });
  return call(['do', 'it'], [one]);
}

describe('nexus-admin', () => {
  it.each([
    [[], 'Usage: nexus-admin COMMAND'],
    [['explode'], 'There is no command explode'],
    [['disable-user'], 'EMAIL is missing'],
    [['disable-user', ''], 'EMAIL is missing'],
    [['list-users', 'all'], '"all" is more than the command takes'],
    [['list-users', '--all'], "Unknown option '--all'"],
    [['restore', 'file', '--force=yes'], '--force'],
    [['create-key', '--scope', 'admin'], '--name must be'],
    [['create-key', '--name', 'two\nlines', '--scope', 'admin'], '--name must be one line'],
    [['create-key', '--name', 'x', '--scope', 'all'], '--scope must be admin or tenant'],
    [['create-key', '--name', 'x', '--scope', 'tenant'], 'needs --tenant'],
    [['create-key', '--name', 'x', '--scope', 'admin', '--tenant', 't'], '--scope tenant alone'],
  ])('says how it is used for %j', async (args, said) => {
    const { code, printed, noted } = await call(args);
    expect({ code, printed }).toEqual({ code: 2, printed: '' });
    expect(noted).toContain(said);
    expect(noted).toContain('Usage: nexus-admin');
  });

  it('tells about every command', async () => {
    const { code, printed } = await call(['--help']);
    expect(code).toBe(0);
    for (const { name, summary } of COMMANDS) {
      expect(printed).toContain(`  ${name}`);
      const page = await call([name, '--help']);
      expect(page.code).toBe(0);
      expect(page.printed).toMatch(new RegExp(`^Usage: nexus-admin ${name}`));
      expect(page.printed).toContain(summary);
    }
  });

  it('hands over words, options and configuration, and gives back the exit code', async () => {
    const seen: unknown[] = [];
    const one = command(async ({ words, options, config }) => {
      seen.push(words, { ...options }, config);
      return 1;
    });
    expect((await call(['do', 'it', '--loud'], [one])).code).toBe(1);
    expect(seen).toEqual([['it'], { loud: true }, CONFIG]);
    expect((await call(['do', 'it'], [command(async () => undefined)])).code).toBe(0);
  });

  it('tells what went wrong, and how', async () => {
    const refused = new AppError('conflict', 'taken', 'It is taken; choose another.');
    expect(await failing(refused)).toMatchObject({
      code: 1,
      noted: 'It is taken; choose another.',
    });
    const wrong = new ConfigError(['ONE must be set', 'TWO must not']);
    expect(await failing(wrong)).toMatchObject({
      code: 78,
      noted: 'ONE must be set\nTWO must not',
    });
    const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    expect(await failing(away)).toMatchObject({
      code: 1,
      noted: 'The database cannot be used: connect ECONNREFUSED',
    });
    const bug = await failing(new TypeError('a bug'));
    expect(bug.code).toBe(1);
    expect(bug.noted).toMatch(/TypeError: a bug\n +at /);
  });
});
