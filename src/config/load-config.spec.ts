import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError } from './config-error.js';
import { configurationPage } from './document.js';
import { CONCERNS, type Environment, loadConfig } from './load-config.js';

describe('the configuration', () => {
  let folder = '';
  let base: Environment = {};
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'nexus-config-'));
    base = { NEXUS_DATA_DIR: path.join(folder, 'data') };
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const problems = (environment: Environment): readonly string[] => {
    try {
      loadConfig({ ...base, ...environment });
    } catch (error) {
      if (error instanceof ConfigError) return error.problems;
      throw error;
    }
    return [];
  };

  it('has a default for everything', () => {
    const config = loadConfig(base);
    expect(config.http).toMatchObject({ host: '127.0.0.1', port: 8080 });
    expect(config.database).toMatchObject({ url: undefined, poolSize: 10 });
    expect(config.reconciliation).toMatchObject({ driver: 'local', resyncSeconds: 30 });
    expect(config.auth.registration).toBe('open');
    expect(config.tenants.quotaMax).toEqual({ maxAgents: 500, cpu: '8', memory: '16Gi' });
    expect(Object.isFrozen(config.http)).toBe(true);
  });

  it('reports every problem at once, by name', () => {
    const found = problems({
      NEXUS_PORT: '80a',
      NEXUS_DRIVER: 'remote',
      DATABASE_URL: 'mysql://x/y',
      NEXUS_JWT_SECRET: 'short',
      NEXUS_ENCRYPTION_KEY: 'not a key',
      NEXUS_NODE_PORTS: '5-1',
      NEXUS_TENANT_QUOTA_MAX: 'lots',
      NEXUS_ADMIN_EMAIL: 'nobody',
      NEXUS_NODE_COMMAND: 'node x | tee y',
    });
    expect(found.map((line) => line.split(' ')[0])).toEqual([
      'NEXUS_PORT',
      'DATABASE_URL',
      'NEXUS_DRIVER',
      'NEXUS_NODE_COMMAND',
      'NEXUS_NODE_PORTS',
      'NEXUS_JWT_SECRET',
      'NEXUS_ENCRYPTION_KEY',
      'NEXUS_ADMIN_EMAIL',
      'NEXUS_TENANT_QUOTA_MAX',
    ]);
    expect(found.join('\n')).not.toContain('not a key');
  });

  it('reports what is missing together with what is wrong', () => {
    const found = problems({
      NEXUS_DRIVER: 'none',
      NEXUS_PORT: 'x',
      NEXUS_JWT_SECRET: 'short',
      NEXUS_NODE_TEMPLATE_DIR: path.join(folder, 'nowhere'),
      DATABASE_URL: 'postgres://a@b/c?sslmode=verify-full&sslrootcert=/no/such/file',
    });
    expect(found.map((line) => line.split(' ')[0])).toEqual([
      'NEXUS_PORT',
      'NEXUS_JWT_SECRET',
      'NEXUS_ENCRYPTION_KEY',
      'DATABASE_URL',
      'NEXUS_NODE_TEMPLATE_DIR',
    ]);
  });

  it('takes secrets from files, not from both', () => {
    const file = path.join(folder, 'secret');
    writeFileSync(file, `${'s'.repeat(40)}\n`);
    const config = loadConfig({ ...base, NEXUS_JWT_SECRET_FILE: file });
    expect(config.secrets.jwtSecret).toBe('s'.repeat(40));
    const both = { NEXUS_JWT_SECRET_FILE: file, NEXUS_JWT_SECRET: 'x'.repeat(40) };
    expect(problems(both)).toEqual([
      'NEXUS_JWT_SECRET and NEXUS_JWT_SECRET_FILE are both set; keep one of them',
    ]);
    expect(problems({ NEXUS_JWT_SECRET_FILE: `${file}.missing` })[0]).toMatch(/cannot be read/);
    writeFileSync(file, '\n');
    expect(problems({ NEXUS_JWT_SECRET_FILE: file })).toEqual([
      `NEXUS_JWT_SECRET_FILE ${file} is empty`,
    ]);
  });

  it('takes the encryption key before as well, in either notation', () => {
    const file = path.join(folder, 'previous');
    writeFileSync(file, `${'ab'.repeat(32)}\n`);
    const { secrets } = loadConfig({ ...base, NEXUS_ENCRYPTION_KEY_PREVIOUS_FILE: file });
    expect(secrets.encryptionKeyPrevious).toEqual(Buffer.alloc(32, 0xab));
    expect(loadConfig(base).secrets.encryptionKeyPrevious).toBeUndefined();
    expect(problems({ NEXUS_ENCRYPTION_KEY_PREVIOUS: 'short' })[0]).toMatch(/32 bytes/);
  });

  it('generates secrets once for the local driver, and asks for them elsewhere', () => {
    const first = loadConfig(base).secrets;
    const second = loadConfig(base).secrets;
    expect(second).toEqual(first);
    expect(first.encryptionKey).toHaveLength(32);
    const file = path.join(folder, 'data', 'jwt-secret');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toHaveLength(45);
    expect(problems({ NEXUS_DRIVER: 'none' })).toEqual([
      'NEXUS_JWT_SECRET must be set when NEXUS_DRIVER is not local',
      'NEXUS_ENCRYPTION_KEY must be set when NEXUS_DRIVER is not local',
    ]);
  });

  it.each([
    [{ NEXUS_HOST: '0.0.0.0' }, 'closed'],
    [{ NEXUS_HOST: '::1' }, 'open'],
    [{ NEXUS_HOST: '0.0.0.0', NEXUS_REGISTRATION: 'open' }, 'open'],
    [{ NEXUS_REGISTRATION: 'closed' }, 'closed'],
  ])('opens registration on a loopback host alone: %j', (environment, registration) => {
    expect(loadConfig({ ...base, ...environment }).auth.registration).toBe(registration);
  });

  it('takes networks of proxies and origins of pages, exactly written', () => {
    const { http } = loadConfig({
      ...base,
      NEXUS_TRUSTED_PROXIES: '10.0.0.0/8, ::1 192.0.2.1',
      NEXUS_CORS_ORIGINS: 'https://app.example.com,http://localhost:5173',
    });
    expect(http.trustedProxies).toEqual(['10.0.0.0/8', '::1', '192.0.2.1']);
    expect(http.corsOrigins).toEqual(['https://app.example.com', 'http://localhost:5173']);
    expect(loadConfig(base).http).toMatchObject({ trustedProxies: [], corsOrigins: [] });
  });

  it.each(['10.0.0.0/33', '10.0.0.0/0', '10.0.0', 'proxy', '::1/129', '10.0.0.0/8/8', 'fe80::1%1'])(
    'refuses the proxy %s',
    (network) => {
      expect(problems({ NEXUS_TRUSTED_PROXIES: `127.0.0.1,${network}` })).toEqual([
        `NEXUS_TRUSTED_PROXIES holds ${network}, which is neither an address nor a network such as 10.0.0.0/8`,
      ]);
    },
  );

  it.each(['*', 'null', 'app.example.com', 'https://a.example/', 'HTTPS://a.example', 'ftp://a.b'])(
    'refuses the origin %s',
    (origin) => {
      expect(problems({ NEXUS_CORS_ORIGINS: origin })).toEqual([
        `NEXUS_CORS_ORIGINS holds ${origin}, which is not an origin such as https://app.example.com`,
      ]);
    },
  );

  it('reads what tenants are made of in a cluster', () => {
    const { clusterTenants } = loadConfig({
      ...base,
      NEXUS_NODE_REQUESTS: '50m,128Mi',
      NEXUS_EXTRA_LABELS: 'team=ai, example.org/cost-centre=42',
    });
    expect(clusterTenants).toMatchObject({
      namespace: 'nexus-system',
      installId: undefined,
      nodeRequests: { cpu: '50m', memory: '128Mi' },
      quotaReserve: { cpu: '0', memory: '0' },
      extraLabels: { team: 'ai', 'example.org/cost-centre': '42' },
    });
  });

  it.each([
    ['NEXUS_INSTALL_ID', 'Blue', 'lower-case letters'],
    ['NEXUS_NODE_TAG', 'a b', 'the tag of an image'],
    ['NEXUS_NODE_REQUESTS', '100m', 'cpu,memory'],
    ['NEXUS_QUOTA_RESERVE', '1Gi,1', 'cpu,memory'],
    ['NEXUS_EXTRA_LABELS', 'team', 'holds "team"'],
    ['NEXUS_EXTRA_LABELS', 'a=b=c', 'holds "a=b=c"'],
    ['NEXUS_EXTRA_LABELS', 'nexus.astromesh.io/managed=no', 'a label that Nexus sets itself'],
    ['NEXUS_POD_SECURITY_VERSION', '1.36', 'v1.36'],
  ])('refuses %s=%s', (name, value, words) => {
    const [problem, ...more] = problems({ [name]: value });
    expect(problem).toContain(name);
    expect(problem).toContain(words);
    expect(more).toEqual([]);
  });

  it('counts an empty value as absent', () => {
    expect(loadConfig({ ...base, NEXUS_PORT: '', DATABASE_URL: '' }).http.port).toBe(8080);
  });

  it('is documented whole', () => {
    const page = configurationPage();
    for (const { settings } of CONCERNS) {
      for (const { name } of Object.values(settings)) expect(page).toContain(`\`${name}\``);
    }
  });
});
