import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is known of the resources of tenants and agents, and of deletions through the cluster. */
export class TwoDoors1764500000000 implements MigrationInterface {
  readonly name = 'TwoDoors1764500000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [
      `ALTER TABLE tenants ADD COLUMN pinned_node_version text`,
      `ALTER TABLE tenants ADD COLUMN field_manager text`,
      `ALTER TABLE tenants ADD COLUMN resource_uid text`,
      `ALTER TABLE tenants ADD COLUMN owner_email text`,
      `CREATE INDEX tenants_owner_email ON tenants (owner_email) WHERE owner_email IS NOT NULL`,
      `ALTER TABLE agents ADD COLUMN field_manager text`,
      `ALTER TABLE agents ADD COLUMN resource_uid text`,
      `CREATE TABLE cluster_deletions (
        tenant_id text PRIMARY KEY,
        resource_uid text NOT NULL,
        seen_at text NOT NULL,
        held boolean NOT NULL,
        confirmed_at text)`,
    ]) {
      await runner.query(statement);
    }
  }

  async down(): Promise<void> {
    throw new Error('Migrations only expand; restore a backup to go back.');
  }
}
