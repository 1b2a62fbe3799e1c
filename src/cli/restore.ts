import path from 'node:path';
import { ENTITIES } from '../app.module.js';
import { restoreBackup } from '../platform/database/backup/restore.js';
import type { Command } from './command.js';
import { tellAudit } from './installation.js';

export const restore: Command = {
  name: 'restore',
  words: ['FILE'],
  synopsis: '[--force]',
  summary: 'Puts a backup into an empty database.',
  details: [
    'Every server has to be stopped. With --force it replaces what the database holds. The file is',
    'checked before anything changes, and everything changes or nothing does. A backup of an older',
    'version is brought up to this one. The audit tells of it.',
  ],
  options: { force: { type: 'boolean' } },
  async run({ words, options, config, terminal }) {
    const file = path.resolve(words[0] ?? '');
    const force = options['force'] === true;
    const { manifest, rows, migrated } = await restoreBackup(config.database, ENTITIES, file, {
      force,
      finish: (tx, { takenAt, product }) =>
        tellAudit(tx, 'database.restored', { takenAt, product, forced: force }),
    });
    terminal.note(`${rows} rows of ${manifest.takenAt} were restored.`);
    for (const name of migrated) terminal.note(`Migrated: ${name}`);
    terminal.note(
      'The encryption key was not in the backup: use the one of then, or sealed secrets are lost.',
    );
  },
};
