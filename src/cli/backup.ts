import path from 'node:path';
import { API_TITLE } from '../api-title.js';
import type { Config } from '../config/load-config.js';
import { writeBackup } from '../platform/database/backup/backup-writer.js';
import { openSnapshot } from '../platform/database/snapshot.js';
import type { Command } from './command.js';
import { tellAudit, withDatabase } from './installation.js';

export const backup: Command = {
  name: 'backup',
  words: ['FILE'],
  synopsis: '',
  summary: 'Writes everything in the database to a file, while the server goes on.',
  details: [
    'The file holds one state of the database, for either kind of database. It is there whole or',
    'not at all, and replaces one of that name. The encryption key is not in it. The audit tells',
    'who took it.',
  ],
  options: {},
  async run({ words, config, terminal }) {
    const file = path.resolve(words[0] ?? '');
    const rows = await withDatabase(config, async ({ tables, units }) => {
      const written = await write(config, tables, file);
      await units.run((tx) => tellAudit(tx, 'backup.taken', { rows: written }));
      return written;
    });
    terminal.note(`${file} holds ${rows} rows.`);
    terminal.note(
      'The encryption key is not in it: keep that elsewhere, or sealed secrets are lost.',
    );
  },
};

async function write({ database }: Config, tables: string[], file: string): Promise<number> {
  const snapshot = await openSnapshot(database);
  try {
    const facts = { product: API_TITLE.version, takenAt: new Date().toISOString() };
    return await writeBackup(snapshot, tables, facts, file);
  } finally {
    await snapshot.close();
  }
}
