import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newPerson, readyTenant } from '../support/api.js';
import { type PostgresServer, startPostgres } from '../support/postgres-server.js';
import { runServer } from '../support/server-process.js';
import { TestServer } from '../support/server.js';

const THERE_IS_OPENSSL = spawnSync('openssl', ['version']).status === 0;

describe('a PostgreSQL that speaks TLS', () => {
  let folder = '';
  let postgres: PostgresServer | undefined;
  beforeAll(async () => {
    if (!THERE_IS_OPENSSL) return;
    folder = mkdtempSync(path.join(tmpdir(), 'nexus-tls-'));
    makeAuthority('ca');
    makeAuthority('other');
    postgres = await startPostgres({ tls: issueCertificate() });
  });
  beforeEach((context) => {
    if (!THERE_IS_OPENSSL) context.skip('there is no openssl');
  });
  afterAll(async () => {
    await postgres?.stop();
    if (folder !== '') rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  /** Runs it with words that blanks separate. */
  const openssl = (words: string) =>
    execFileSync('openssl', words.split(' '), { cwd: folder, stdio: 'pipe' });
  /** Makes `<name>.crt`, an authority that nobody knows, and `<name>.key`. */
  const makeAuthority = (name: string) => {
    const files = `-keyout ${name}.key -out ${name}.crt`;
    openssl(`req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=${name} ${files}`);
  };
  /** A certificate of the first authority for 127.0.0.1, and for no name. */
  const issueCertificate = () => {
    writeFileSync(path.join(folder, 'extensions'), 'subjectAltName=IP:127.0.0.1\n');
    openssl('req -newkey rsa:2048 -nodes -subj /CN=server -keyout server.key -out server.csr');
    const signer = '-CA ca.crt -CAkey ca.key -CAcreateserial';
    const files = '-in server.csr -extfile extensions -out server.crt';
    openssl(`x509 -req -days 2 ${signer} ${files}`);
    const read = (name: string) => readFileSync(path.join(folder, name), 'utf8');
    return { certificate: read('server.crt'), key: read('server.key') };
  };
  /** The URL that asks for verification by an authority, if by any. */
  const verified = (authority?: string, host = '127.0.0.1'): string => {
    const url = new URL(postgres?.url ?? '');
    url.hostname = host;
    url.searchParams.set('sslmode', 'verify-full');
    if (authority) url.searchParams.set('sslrootcert', path.join(folder, `${authority}.crt`));
    return url.toString();
  };

  it('is used over TLS by every session', async () => {
    const server = await TestServer.start({ environment: { DATABASE_URL: verified('ca') } });
    try {
      await readyTenant((await newPerson(server)).client);
      const client = new pg.Client({ connectionString: postgres?.url });
      await client.connect();
      const sql = `SELECT application_name AS name, bool_and(ssl) AS encrypted
        FROM pg_stat_activity JOIN pg_stat_ssl USING (pid)
        WHERE application_name LIKE 'nexus%' GROUP BY 1 ORDER BY 1`;
      const { rows } = await client.query(sql);
      await client.end();
      expect(rows).toEqual([
        { name: 'nexus', encrypted: true },
        { name: 'nexus-lease', encrypted: true },
        { name: 'nexus-wake', encrypted: true },
      ]);
    } finally {
      await server.close();
    }
  });

  it.each([
    ['an authority that nobody vouches for', undefined, '127.0.0.1', /self-signed|unable to/i],
    ['the certificate of another authority', 'other', '127.0.0.1', /self-signed|unable to/i],
    ['a certificate for another host', 'ca', 'localhost', /altname|does not match/i],
  ])('is refused for %s', async (_what, authority, host, reason) => {
    const { code, output } = await runServer({
      NEXUS_PORT: '0',
      NEXUS_DATA_DIR: path.join(folder, 'data'),
      DATABASE_URL: verified(authority, host),
    });
    expect(code).not.toBe(0);
    expect(output).toMatch(reason);
    expect(output).not.toContain(new URL(postgres?.url ?? '').password);
  });
});
