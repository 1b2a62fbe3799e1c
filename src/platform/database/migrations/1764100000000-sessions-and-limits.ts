import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where a session is used from, and how often something was tried. */
export class SessionsAndLimits1764100000000 implements MigrationInterface {
  readonly name = 'SessionsAndLimits1764100000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE sessions ADD COLUMN user_agent text`);
    await runner.query(`ALTER TABLE sessions ADD COLUMN address text`);
    await runner.query(`CREATE TABLE rate_limits (key text PRIMARY KEY, drained_at text NOT NULL)`);
    await runner.query(`CREATE INDEX rate_limits_drained ON rate_limits (drained_at)`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations only expand; restore a backup to go back.');
  }
}
