import { checkStorage } from '../platform/database/integrity.js';
import { openSnapshot } from '../platform/database/snapshot.js';
import { IntegrityChecks } from '../platform/integrity/integrity-checks.js';
import type { Command } from './command.js';
import { withServices } from './installation.js';

export const check: Command = {
  name: 'check',
  words: [],
  synopsis: '',
  summary: 'Looks for damage and for rows that contradict each other; changes nothing.',
  details: ['It prints a line for everything it finds, and its exit code is 1 then.'],
  options: {},
  async run({ config, terminal }) {
    const found = await withServices(config, async (services, { tables }) => {
      const snapshot = await openSnapshot(config.database);
      try {
        const storage = await checkStorage(snapshot, tables);
        return [...storage, ...(await services.get(IntegrityChecks).run())];
      } finally {
        await snapshot.close();
      }
    });
    for (const line of found) terminal.print(line);
    terminal.note(found.length === 0 ? 'Nothing is wrong.' : `${found.length} finding(s).`);
    return found.length === 0 ? 0 : 1;
  },
};
