import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Finds what is past its time without reading everything. */
export class Retention1764400000000 implements MigrationInterface {
  readonly name = 'Retention1764400000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE INDEX refresh_tokens_used ON refresh_tokens (used_at)`);
    await runner.query(`CREATE INDEX sessions_ended ON sessions (ended_at)`);
    await runner.query(`CREATE INDEX sessions_expiry ON sessions (expires_at)`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations only expand; restore a backup to go back.');
  }
}
