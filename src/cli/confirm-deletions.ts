import { TenantDeletions, type HeldDeletion } from '../tenants/tenant-deletions.service.js';
import type { Command } from './command.js';
import { operator, withServices } from './installation.js';

export const confirmDeletions: Command = {
  name: 'confirm-deletions',
  words: [],
  synopsis: '[--list]',
  summary: 'Lets the deletions of tenants go on that were held back as too many at once.',
  details: [
    'When more tenants are deleted through the cluster within a minute than NEXUS_DELETE_BURST, the',
    'rest waits (DeletionBurst). Every tenant that was confirmed is printed: id, name of the resource,',
    'display name, and since when it waits, separated by tabs. With --list they are printed and none is',
    'confirmed. A confirmation cannot be taken back.',
  ],
  options: { list: { type: 'boolean' } },
  async run({ options, config, terminal }) {
    const list = options['list'] === true;
    const found = await withServices(config, (services) => {
      const deletions = services.get(TenantDeletions);
      return list ? deletions.held() : deletions.confirm(operator());
    });
    for (const held of found) terminal.print(lineOf(held));
    terminal.note(noteOf(found.length, list));
  },
};

function lineOf({ tenant: { id, crName, displayName }, heldAt }: HeldDeletion): string {
  return [id, crName, displayName, heldAt].join('\t');
}

function noteOf(count: number, list: boolean): string {
  if (count === 0) return 'No deletion waits.';
  return list ? `${count} deletion(s) wait.` : `${count} deletion(s) confirmed.`;
}
