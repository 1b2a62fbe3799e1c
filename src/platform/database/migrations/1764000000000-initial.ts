import type { MigrationInterface, QueryRunner } from 'typeorm';

// Column types are text, integer and boolean only: both databases read them alike. Times are
// ISO-8601 UTC text, documents are JSON text, money is a whole number of millionths.

/** Accounts, tenants, agents and the record of what was done to them. */
export class Initial1764000000000 implements MigrationInterface {
  readonly name = 'Initial1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    const order =
      runner.connection.options.type === 'postgres'
        ? 'integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY'
        : 'integer PRIMARY KEY AUTOINCREMENT';
    for (const statement of [...accounts(), ...tenants(), ...agents(), ...records(order)]) {
      await runner.query(statement);
    }
  }

  async down(): Promise<void> {
    throw new Error('Migrations only expand; restore a backup to go back.');
  }
}

function accounts(): string[] {
  return [
    `CREATE TABLE schema_info (id integer PRIMARY KEY, oldest_program integer NOT NULL)`,
    `INSERT INTO schema_info (id, oldest_program) VALUES (1, 1)`,
    `CREATE TABLE users (
      id text PRIMARY KEY,
      email text NOT NULL UNIQUE,
      display_name text NOT NULL,
      password_hash text NOT NULL,
      role text NOT NULL,
      disabled boolean NOT NULL,
      created_at text NOT NULL,
      updated_at text NOT NULL)`,
    `CREATE TABLE sessions (
      id text PRIMARY KEY,
      user_id text NOT NULL REFERENCES users (id),
      created_at text NOT NULL,
      last_used_at text NOT NULL,
      expires_at text NOT NULL,
      ended_at text)`,
    `CREATE INDEX sessions_user ON sessions (user_id)`,
    `CREATE TABLE refresh_tokens (
      hash text PRIMARY KEY,
      session_id text NOT NULL REFERENCES sessions (id),
      created_at text NOT NULL,
      used_at text)`,
    `CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id)`,
  ];
}

function tenants(): string[] {
  return [
    `CREATE TABLE tenants (
      id text PRIMARY KEY,
      cr_name text NOT NULL UNIQUE,
      display_name text NOT NULL,
      node_profile text NOT NULL,
      max_agents integer NOT NULL,
      cpu text NOT NULL,
      memory text NOT NULL,
      suspend boolean NOT NULL,
      deletion_protection boolean NOT NULL,
      origin text NOT NULL,
      cluster_id text,
      created_by text NOT NULL,
      created_at text NOT NULL,
      updated_at text NOT NULL,
      deleted_at text,
      generation integer NOT NULL,
      observed_generation integer NOT NULL,
      phase text NOT NULL,
      conditions text NOT NULL,
      node_endpoint text,
      node_version text,
      node_ready boolean NOT NULL)`,
    `CREATE TABLE tenant_members (
      tenant_id text NOT NULL REFERENCES tenants (id),
      user_id text NOT NULL REFERENCES users (id),
      role text NOT NULL,
      created_at text NOT NULL,
      PRIMARY KEY (tenant_id, user_id))`,
    `CREATE INDEX tenant_members_user ON tenant_members (user_id)`,
    `CREATE TABLE api_keys (
      hash text PRIMARY KEY,
      prefix text NOT NULL,
      tenant_id text REFERENCES tenants (id),
      scopes text NOT NULL,
      label text NOT NULL,
      created_by text NOT NULL,
      created_at text NOT NULL,
      expires_at text,
      last_used_at text,
      revoked_at text)`,
    `CREATE INDEX api_keys_prefix ON api_keys (prefix)`,
    `CREATE INDEX api_keys_tenant ON api_keys (tenant_id)`,
  ];
}

function agents(): string[] {
  return [
    `CREATE TABLE agents (
      id text PRIMARY KEY,
      tenant_id text NOT NULL REFERENCES tenants (id),
      name text NOT NULL,
      spec text NOT NULL,
      version text,
      model text,
      labels text NOT NULL,
      revision integer NOT NULL,
      paused boolean NOT NULL,
      origin text NOT NULL,
      created_by text NOT NULL,
      created_at text NOT NULL,
      updated_at text NOT NULL,
      deleted_at text,
      generation integer NOT NULL,
      observed_generation integer NOT NULL,
      phase text NOT NULL,
      ready boolean NOT NULL,
      node_ack boolean NOT NULL,
      last_synced_at text,
      conditions text NOT NULL)`,
    `CREATE UNIQUE INDEX agents_live_name ON agents (tenant_id, name) WHERE deleted_at IS NULL`,
    `CREATE INDEX agents_tombstones ON agents (tenant_id, name) WHERE deleted_at IS NOT NULL`,
    `CREATE TABLE agent_references (
      agent_id text NOT NULL REFERENCES agents (id),
      tenant_id text NOT NULL,
      target text NOT NULL,
      path text NOT NULL,
      PRIMARY KEY (agent_id, path))`,
    `CREATE INDEX agent_references_target ON agent_references (tenant_id, target)`,
    `CREATE TABLE agent_versions (
      agent_id text NOT NULL REFERENCES agents (id),
      revision integer NOT NULL,
      spec text NOT NULL,
      version text,
      created_by text NOT NULL,
      created_at text NOT NULL,
      PRIMARY KEY (agent_id, revision))`,
  ];
}

function records(order: string): string[] {
  return [
    `CREATE TABLE agent_calls (
      id text PRIMARY KEY,
      tenant_id text NOT NULL,
      agent_id text NOT NULL,
      agent_name text NOT NULL,
      session_id text,
      trace_id text,
      started_at text NOT NULL,
      duration_ms integer NOT NULL,
      outcome text NOT NULL,
      error text,
      model text,
      tokens_in integer NOT NULL,
      tokens_out integer NOT NULL,
      cost_micros integer NOT NULL,
      tools text NOT NULL)`,
    `CREATE INDEX agent_calls_agent ON agent_calls (agent_id, started_at)`,
    `CREATE INDEX agent_calls_age ON agent_calls (started_at)`,
    `CREATE TABLE audit_entries (
      number ${order},
      at text NOT NULL,
      actor_kind text NOT NULL,
      actor_id text NOT NULL,
      actor_label text NOT NULL,
      action text NOT NULL,
      tenant_id text,
      target text NOT NULL,
      outcome text NOT NULL,
      request_id text,
      detail text NOT NULL)`,
    `CREATE INDEX audit_entries_tenant ON audit_entries (tenant_id, number)`,
    `CREATE INDEX audit_entries_age ON audit_entries (at)`,
  ];
}
