import type { ServerRows } from '../support/server-rows.js';

/** So many that the migrations after the third take a moment. */
const CALLS = 120_000;
const SESSIONS = 40_000;
const TOKENS = 120_000;

/**
 * Adds runs, and sessions and tokens of nobody in particular, in the words of any schema and of
 * both databases.
 *
 * @param share of as many as make a migration slow
 */
export async function addBulk(rows: ServerRows, share: number): Promise<void> {
  const now = new Date().toISOString();
  const upTo = (most: number): string =>
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${most * share})`;
  await rows.query(`
    INSERT INTO agent_calls (id, tenant_id, agent_id, agent_name, trace_id, started_at,
      duration_ms, outcome, tokens_in, tokens_out, cost_micros, tools)
    ${upTo(CALLS)} SELECT 'call_' || i, 't_soak', 'agt_' || (i % 97), 'bot', 'trace-' || i,
      '${now}', i, 'ok', i, i, 0, '{}' FROM n`);
  await rows.query(`
    INSERT INTO sessions (id, user_id, created_at, last_used_at, expires_at)
    ${upTo(SESSIONS)} SELECT 'ses_' || i, (SELECT MIN(id) FROM users), '${now}', '${now}',
      '2999-01-01T00:00:00.000Z' FROM n`);
  await rows.query(`
    INSERT INTO refresh_tokens (hash, session_id, created_at, used_at)
    ${upTo(TOKENS)} SELECT 'hash-' || i, 'ses_' || (1 + i % ${SESSIONS * share}), '${now}', '${now}'
    FROM n`);
}
