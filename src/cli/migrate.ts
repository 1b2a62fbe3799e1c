import { ENTITIES } from '../app.module.js';
import { Database } from '../platform/database/database.js';
import type { Command } from './command.js';
import { tellAudit } from './installation.js';

export const migrate: Command = {
  name: 'migrate',
  words: [],
  synopsis: '',
  summary: 'Brings the database up to this version; makes it when there is none.',
  details: [
    'A server does so when it starts. On SQLite the server has to be stopped; on PostgreSQL servers',
    'of the version before may go on.',
  ],
  options: {},
  async run({ config, terminal }) {
    const database = await Database.open(config.database, ENTITIES);
    try {
      await record(database);
    } finally {
      await database.close();
    }
    for (const name of database.migrated) terminal.note(`Migrated: ${name}`);
    if (database.migrated.length === 0) terminal.note('The database is of this version already.');
  },
};

/** The audit is a table of what was migrated, so this comes after it. */
async function record({ migrated, units }: Database): Promise<void> {
  const newest = migrated.at(-1);
  if (newest === undefined) return;
  const detail = { migrations: migrated.length, newest };
  await units.run((tx) => tellAudit(tx, 'database.migrated', detail));
}
