import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync, linkSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { AuthConfig } from './auth.config.js';
import { ConfigError } from './config-error.js';

/** The secrets that the server works with. */
export interface SecretValues {
  readonly jwtSecret: string;
  readonly jwtSecretPrevious: string | undefined;
  /** 32 bytes. */
  readonly encryptionKey: Buffer;
  /** The key before, 32 bytes. */
  readonly encryptionKeyPrevious: Buffer | undefined;
}

/** The secrets as an injection token; frozen, and never logged. */
export class Secrets implements SecretValues {
  readonly jwtSecret: string;
  readonly jwtSecretPrevious: string | undefined;
  readonly encryptionKey: Buffer;
  readonly encryptionKeyPrevious: Buffer | undefined;

  constructor(values: SecretValues) {
    this.jwtSecret = values.jwtSecret;
    this.jwtSecretPrevious = values.jwtSecretPrevious;
    this.encryptionKey = values.encryptionKey;
    this.encryptionKeyPrevious = values.encryptionKeyPrevious;
    Object.freeze(this);
  }
}

const KEY_BYTES = 32;
const NEEDED = { NEXUS_JWT_SECRET: 'jwtSecret', NEXUS_ENCRYPTION_KEY: 'encryptionKey' } as const;

/** The secrets that must be set with this driver and are not, unless `known` says so already. */
export function missingSecrets(
  auth: Pick<AuthConfig, 'jwtSecret' | 'encryptionKey'>,
  driver: string | undefined,
  known: readonly string[],
): string[] {
  if (driver === undefined || driver === 'local') return [];
  return Object.entries(NEEDED)
    .filter(([name, key]) => auth[key] === undefined && !known.some((one) => one.startsWith(name)))
    .map(([name]) => `${name} must be set when NEXUS_DRIVER is not local`);
}

/**
 * Takes the secrets from the settings; absent ones are generated once into the data folder (mode
 * 0600). Only the local driver, which is one machine, comes without: see `missingSecrets`.
 *
 * @throws ConfigError when the folder cannot be written
 */
export function resolveSecrets(auth: AuthConfig, dataDir: string): Secrets {
  const problems: string[] = [];
  const resolve = (name: string, given: Buffer | undefined, file: string): Buffer => {
    if (given !== undefined) return given;
    try {
      return readOrGenerate(path.join(dataDir, file));
    } catch (error) {
      problems.push(
        `${name} is not set and cannot be generated: ${(error as Error).message}; make NEXUS_DATA_DIR writable or set it`,
      );
      return Buffer.alloc(0);
    }
  };
  const jwt = auth.jwtSecret === undefined ? undefined : Buffer.from(auth.jwtSecret);
  const jwtSecret = resolve('NEXUS_JWT_SECRET', jwt, 'jwt-secret');
  const encryptionKey = resolve('NEXUS_ENCRYPTION_KEY', auth.encryptionKey, 'encryption-key');
  if (problems.length > 0) throw new ConfigError(problems);
  return new Secrets({
    jwtSecret: jwt === undefined ? jwtSecret.toString('base64') : jwtSecret.toString(),
    jwtSecretPrevious: auth.jwtSecretPrevious,
    encryptionKey,
    encryptionKeyPrevious: auth.encryptionKeyPrevious,
  });
}

/** Reads 32 bytes kept as base64, or makes them; of two processes that try, one wins for both. */
function readOrGenerate(file: string): Buffer {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const existing = readKey(file);
  if (existing !== undefined) return existing;
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${randomBytes(KEY_BYTES).toString('base64')}\n`, { mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') renameSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
  const made = readKey(file);
  if (made === undefined) throw new Error(`${file} vanished while it was written`);
  return made;
}

function readKey(file: string): Buffer | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length !== KEY_BYTES) throw new Error(`${file} does not hold ${KEY_BYTES} bytes`);
  return key;
}
