import { type User, UsersService } from '../users/users.service.js';
import type { Command } from './command.js';
import { withServices } from './installation.js';

const AT_ONCE = 200;

export const listUsers: Command = {
  name: 'list-users',
  words: [],
  synopsis: '',
  summary: 'Lists the accounts, oldest first.',
  details: ['Columns are separated by tabs: address, role, state, creation, id.'],
  options: {},
  async run({ config, terminal }) {
    await withServices(config, async (services) => {
      const users = services.get(UsersService);
      let after: string | undefined;
      for (;;) {
        const page = await users.list(after, AT_ONCE);
        for (const user of page) terminal.print(lineOf(user));
        after = page.at(-1)?.id;
        if (page.length < AT_ONCE) return;
      }
    });
  },
};

function lineOf({ email, role, disabled, createdAt, id }: User): string {
  return [email, role, disabled ? 'disabled' : 'enabled', createdAt, id].join('\t');
}
