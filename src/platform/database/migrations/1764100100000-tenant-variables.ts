import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Variables of tenants. */
export class TenantVariables1764100100000 implements MigrationInterface {
  readonly name = 'TenantVariables1764100100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE tenant_variables (
      tenant_id text NOT NULL REFERENCES tenants (id),
      audience text NOT NULL,
      name text NOT NULL,
      sealed text NOT NULL,
      version integer NOT NULL,
      created_at text NOT NULL,
      updated_at text NOT NULL,
      PRIMARY KEY (tenant_id, audience, name))`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations only expand; restore a backup to go back.');
  }
}
