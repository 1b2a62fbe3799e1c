import { randomBytes } from 'node:crypto';
import type { Invocation } from './command.js';

const PASSWORD_BYTES = 18;

/** The option of commands that set a password. */
export const PASSWORD_OPTION = { 'password-stdin': { type: 'boolean' } } as const;

/** What the commands say about it. */
export const PASSWORD_DETAILS = [
  'A password is generated and printed once, alone on the standard output.',
  'With --password-stdin it is the first line of the standard input instead.',
  'It is never an argument: those can be seen by everybody on the machine.',
];

/** A password, and whether somebody has to be told. */
export interface ChosenPassword {
  readonly password: string;
  readonly generated: boolean;
}

/** The password for an account: read from standard input when asked to, else generated. */
export async function choosePassword({ options, terminal }: Invocation): Promise<ChosenPassword> {
  return options['password-stdin'] === true
    ? { password: await terminal.readLine(), generated: false }
    : { password: randomBytes(PASSWORD_BYTES).toString('base64url'), generated: true };
}
