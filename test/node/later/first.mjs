// Has a program know a migration more than its image does: loaded before it, from a volume. An older
// program may go on with what this one makes.

const { MIGRATIONS } = await import('/opt/nexus/dist/platform/database/migrations/migrations.js');

MIGRATIONS.push(
  class Later2000000000001 {
    name = 'Later2000000000001';

    async up(runner) {
      await runner.query('ALTER TABLE agents ADD COLUMN later text');
      await runner.query('CREATE TABLE later_things (id text PRIMARY KEY, agent_id text NOT NULL)');
    }

    async down() {}
  },
);
