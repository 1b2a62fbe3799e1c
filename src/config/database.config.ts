import { z } from 'zod';
import { concern, setting } from './concern.js';
import { text, wholeNumber } from './setting-types.js';

const POSTGRES_URL = 'must start with postgres:// or postgresql://, or be empty for SQLite';

/** Where the record is kept. */
export class DatabaseConfig extends concern('Storage', {
  dataDir: setting({
    name: 'NEXUS_DATA_DIR',
    schema: text(),
    fallback: '.nexus',
    summary: 'Folder of the SQLite database, generated secrets and local nodes; made when absent.',
  }),
  url: setting({
    name: 'DATABASE_URL',
    schema: z.union([
      z.undefined(),
      z.url({ protocol: /^postgres(ql)?$/, hostname: /.*/, error: POSTGRES_URL }),
    ]),
    summary:
      'PostgreSQL to use, `postgres://user:password@host:5432/name`, with `sslmode` and `sslrootcert` when wanted.',
    absent: 'SQLite in the data folder',
    secret: true,
  }),
  poolSize: setting({
    name: 'NEXUS_DB_POOL',
    schema: wholeNumber(2, 500),
    fallback: '10',
    summary: 'Connections to PostgreSQL that one process may hold.',
  }),
}) {}
