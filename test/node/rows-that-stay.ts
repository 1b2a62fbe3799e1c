/** What of a database no upgrade and no way back may change. */
import { ServerRows } from '../support/server-rows.js';

/** Columns that nobody but a user changes, by table. */
const COLUMNS = {
  users: 'id, email, display_name, password_hash, role, disabled, created_at',
  tenants:
    'id, cr_name, display_name, node_profile, max_agents, cpu, memory, origin, created_by, created_at, generation',
  tenant_members: 'tenant_id, user_id, role, created_at',
  tenant_variables: 'tenant_id, audience, name, sealed, version',
  api_keys: 'hash, prefix, tenant_id, scopes, label, created_at, revoked_at',
  agents:
    'id, tenant_id, name, spec, revision, paused, origin, created_by, created_at, generation, phase',
  agent_versions: 'agent_id, revision, spec, created_by, created_at',
  audit_entries: 'number, at, action, tenant_id, target, outcome, request_id, detail',
};

/** Where a database is. */
export type Database = Parameters<typeof ServerRows.of>[0];

/** Its rows, as text. */
export async function rowsOf(database: Database): Promise<string[]> {
  const rows = await ServerRows.of(database);
  try {
    const found: string[] = [];
    for (const [table, columns] of Object.entries(COLUMNS)) {
      for (const row of await rows.query(`SELECT ${columns} FROM ${table}`)) {
        found.push(`${table} ${JSON.stringify(row)}`);
      }
    }
    return found;
  } finally {
    await rows.close();
  }
}

/** Those of former rows that are not there any more, or not as they were. */
export async function lostRows(database: Database, before: readonly string[]): Promise<string[]> {
  const now = new Set(await rowsOf(database));
  return before.filter((row) => !now.has(row));
}

/** The names of the migrations that it has. */
export async function migrationsOf(database: Database): Promise<string[]> {
  const rows = await ServerRows.of(database);
  try {
    const found = await rows.query('SELECT name FROM migrations ORDER BY id');
    return found.map(({ name }) => String(name));
  } finally {
    await rows.close();
  }
}
