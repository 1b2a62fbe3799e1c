import { AccountAdministration } from '../auth/account-administration.service.js';
import type { Command } from './command.js';
import { operator, untilNoticed, withServices } from './installation.js';
import { choosePassword, PASSWORD_DETAILS, PASSWORD_OPTION } from './password.js';

export const resetPassword: Command = {
  name: 'reset-password',
  words: ['EMAIL'],
  synopsis: '[--password-stdin]',
  summary: 'Sets a new password and ends every session of the account.',
  details: PASSWORD_DETAILS,
  options: PASSWORD_OPTION,
  async run(invocation) {
    const { words, config, terminal } = invocation;
    const { password, generated } = await choosePassword(invocation);
    const user = await withServices(config, (services) =>
      services.get(AccountAdministration).resetPassword(operator(), words[0] ?? '', password),
    );
    terminal.note(`${user.email} has a new password; every session of the account has ended.`);
    if (generated) terminal.print(password);
    await untilNoticed(config);
  },
};
