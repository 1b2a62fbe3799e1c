import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Runs that were made past us, the order in which runs were recorded, and since when all are. */
export class AgentTraces1764100200000 implements MigrationInterface {
  readonly name = 'AgentTraces1764100200000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [
      `ALTER TABLE agents ADD COLUMN recorded_calls integer NOT NULL DEFAULT 0`,
      `ALTER TABLE agent_calls ADD COLUMN number integer NOT NULL DEFAULT 0`,
      `ALTER TABLE agent_calls ADD COLUMN origin text NOT NULL DEFAULT 'api'`,
      `CREATE INDEX agent_calls_number ON agent_calls (agent_id, number)`,
      `CREATE INDEX agent_calls_trace ON agent_calls (agent_id, trace_id)`,
      `CREATE UNIQUE INDEX agent_calls_imported ON agent_calls (agent_id, trace_id) WHERE origin = 'node'`,
      `CREATE TABLE trace_coverage (
        tenant_id text PRIMARY KEY,
        whole_from text NOT NULL)`,
    ]) {
      await runner.query(statement);
    }
  }

  async down(): Promise<void> {
    throw new Error('Migrations only expand; restore a backup to go back.');
  }
}
