// As `first.mjs`, and another migration, after which no older program may use the database.

import './first.mjs';

const { MIGRATIONS } = await import('/opt/nexus/dist/platform/database/migrations/migrations.js');

MIGRATIONS.push(
  class LaterStill2000000000002 {
    name = 'LaterStill2000000000002';

    async up(runner) {
      await runner.query(`UPDATE schema_info SET oldest_program = ${MIGRATIONS.length}`);
    }

    async down() {}
  },
);
