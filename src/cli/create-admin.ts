import { AccountAdministration } from '../auth/account-administration.service.js';
import type { Command } from './command.js';
import { operator, withServices } from './installation.js';
import { choosePassword, PASSWORD_DETAILS, PASSWORD_OPTION } from './password.js';

export const createAdmin: Command = {
  name: 'create-admin',
  words: ['EMAIL'],
  synopsis: '[--password-stdin]',
  summary: 'Creates an account that administers the installation.',
  details: PASSWORD_DETAILS,
  options: PASSWORD_OPTION,
  async run(invocation) {
    const { words, config, terminal } = invocation;
    const { password, generated } = await choosePassword(invocation);
    const user = await withServices(config, (services) =>
      services.get(AccountAdministration).createAdmin(operator(), words[0] ?? '', password),
    );
    terminal.note(`The admin ${user.email} was created (${user.id}).`);
    if (generated) terminal.print(password);
  },
};
