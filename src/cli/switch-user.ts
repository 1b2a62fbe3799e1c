import { AccountAdministration } from '../auth/account-administration.service.js';
import type { Command } from './command.js';
import { operator, untilNoticed, withServices } from './installation.js';

export const disableUser = switchUser(
  true,
  'disable-user',
  'Refuses an account from its next request on, and ends its sessions.',
);

export const enableUser = switchUser(false, 'enable-user', 'Lets an account log in again.');

function switchUser(disabled: boolean, name: string, summary: string): Command {
  return {
    name,
    words: ['EMAIL'],
    synopsis: '',
    summary,
    details: [],
    options: {},
    async run({ words, config, terminal }) {
      const user = await withServices(config, (services) =>
        services.get(AccountAdministration).setDisabled(operator(), words[0] ?? '', disabled),
      );
      if (disabled) await untilNoticed(config);
      terminal.note(`${user.email} is ${disabled ? 'disabled' : 'enabled'}.`);
    },
  };
}
