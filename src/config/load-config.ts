import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { AuthConfig } from './auth.config.js';
import { ClusterTenantsConfig } from './cluster-tenants.config.js';
import type { ConcernClass, Setting, Settings, Values } from './concern.js';
import { ConfigError } from './config-error.js';
import { DatabaseConfig } from './database.config.js';
import { HttpConfig } from './http.config.js';
import { KubernetesConfig } from './kubernetes.config.js';
import { LoggingConfig } from './logging.config.js';
import { NodesConfig } from './nodes.config.js';
import { ReconciliationConfig } from './reconciliation.config.js';
import { missingSecrets, resolveSecrets, type Secrets } from './secrets.js';
import { RetentionConfig } from './retention.config.js';
import { TenantsConfig } from './tenants.config.js';

// The only reader of the environment: turns it into one frozen object a concern, and reports
// every problem at once. The list below is also the order of the documentation.

export const CONCERNS = [
  HttpConfig,
  DatabaseConfig,
  ReconciliationConfig,
  NodesConfig,
  KubernetesConfig,
  AuthConfig,
  TenantsConfig,
  ClusterTenantsConfig,
  RetentionConfig,
  LoggingConfig,
] as const;

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Config {
  readonly http: HttpConfig;
  readonly database: DatabaseConfig;
  readonly reconciliation: ReconciliationConfig;
  readonly nodes: NodesConfig;
  readonly kubernetes: KubernetesConfig;
  readonly auth: AuthConfig;
  readonly tenants: TenantsConfig;
  readonly clusterTenants: ClusterTenantsConfig;
  readonly retention: RetentionConfig;
  readonly logging: LoggingConfig;
  readonly secrets: Secrets;
  /** The environment that local nodes may inherit from, by name. */
  readonly environment: Environment;
}

/**
 * Reads the whole configuration. Makes the data folder and the generated secrets in it when the
 * local driver needs them.
 *
 * @throws ConfigError with every problem found
 */
export function loadConfig(environment: Environment = processEnvironment()): Config {
  const problems: string[] = [];
  const read = <S extends Settings>(kind: ConcernClass<S>): Values<S> =>
    new kind(readConcern(kind.settings, environment, problems));
  const http = read(HttpConfig);
  const database = read(DatabaseConfig);
  const reconciliation = read(ReconciliationConfig);
  const nodes = read(NodesConfig);
  const kubernetes = read(KubernetesConfig);
  const auth = read(AuthConfig);
  const tenants = read(TenantsConfig);
  const clusterTenants = read(ClusterTenantsConfig);
  const retention = read(RetentionConfig);
  const logging = read(LoggingConfig);
  problems.push(...missingSecrets(auth, reconciliation.driver, problems));
  problems.push(...missingFiles(database.url, nodes.templateDir));
  if (problems.length > 0) throw new ConfigError(problems);

  const openByDefault = reconciliation.driver === 'local' && isLoopback(http.host);
  return {
    http,
    database: new DatabaseConfig({ ...database, dataDir: path.resolve(database.dataDir) }),
    reconciliation,
    nodes,
    kubernetes,
    auth: new AuthConfig({
      ...auth,
      registration: auth.registration ?? (openByDefault ? 'open' : 'closed'),
    }),
    tenants,
    clusterTenants,
    retention,
    logging,
    secrets: resolveSecrets(auth, path.resolve(database.dataDir)),
    environment,
  };
}

/** The environment of the process, over the lines of `.env` in the working folder. */
function processEnvironment(): Environment {
  const file = path.resolve('.env');
  const lines = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
  return { ...lines, ...process.env };
}

function readConcern<S extends Settings>(
  settings: S,
  environment: Environment,
  problems: string[],
): Values<S> {
  const values: Record<string, unknown> = {};
  for (const [key, definition] of Object.entries(settings)) {
    const text = textOf(definition, environment, problems) ?? definition.fallback;
    const result = definition.schema.safeParse(text);
    if (result.success) values[key] = result.data;
    else problems.push(`${definition.name} ${result.error.issues[0]?.message ?? 'is invalid'}`);
  }
  return values as Values<S>;
}

/** The text of one variable; an empty one counts as absent. */
function textOf(
  { name, secret }: Setting,
  environment: Environment,
  problems: string[],
): string | undefined {
  const direct = environment[name] || undefined;
  const file = secret ? environment[`${name}_FILE`] || undefined : undefined;
  if (file === undefined) return direct;
  if (direct !== undefined) {
    problems.push(`${name} and ${name}_FILE are both set; keep one of them`);
    return undefined;
  }
  try {
    const text = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    if (text === '') problems.push(`${name}_FILE ${file} is empty`);
    return text || undefined;
  } catch (error) {
    problems.push(`${name}_FILE cannot be read: ${(error as Error).message}`);
    return undefined;
  }
}

/** Files and folders that settings name and that are not there. */
function missingFiles(databaseUrl: string | undefined, templateDir: string | undefined): string[] {
  const problems: string[] = [];
  const certificate =
    databaseUrl === undefined ? null : new URL(databaseUrl).searchParams.get('sslrootcert');
  if (certificate !== null && !existsSync(certificate)) {
    problems.push(`DATABASE_URL names the sslrootcert ${certificate}, which is not there`);
  }
  const template = templateDir && statSync(templateDir, { throwIfNoEntry: false });
  if (templateDir !== undefined && !(template && template.isDirectory())) {
    problems.push(`NEXUS_NODE_TEMPLATE_DIR ${templateDir} is no folder`);
  }
  return problems;
}

/** Whether an address to listen on is reachable from this machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
