/**
 * Settings of the reference node: command line first, then environment, then defaults. The only
 * file of `src/node` that reads `process.env`.
 */
import { parseArgs } from 'node:util';

const ROLES = ['full', 'gateway', 'inference', 'worker'] as const;
const HIGHEST_PORT = 65_535;

export type NodeRole = (typeof ROLES)[number];

/** An inclusive range of ports. */
export interface PortRange {
  from: number;
  to: number;
}

export interface NodeSettings {
  host: string;
  /** 0 takes any free port. */
  port: number;
  /** Holds `agents/` and, when the node is to ask for one, `token`. */
  dir: string;
  role: NodeRole;
  /** Ports of this machine that model endpoints may not use. */
  deniedPorts: readonly PortRange[];
  /** What the starter allows the process in MiB; shown in the log, not enforced here. */
  memoryMb: number | undefined;
  /** The environment variable that an agent names with `api_key_env`. */
  secret: (name: string) => string | undefined;
}

/** A setting that cannot be used; the message names it. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/**
 * Reads the settings.
 *
 * @param args the command line without the interpreter and the script
 * @throws SettingsError naming the first unusable setting
 */
export function readNodeSettings(
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): NodeSettings {
  const flags = readFlags(args);
  const setting = (flag: string | undefined, name: string, fallback: string): string =>
    flag ?? env[name] ?? fallback;
  return {
    host: setting(flags.host, 'NEXUS_NODE_HOST', '127.0.0.1'),
    port: portNumber('port', setting(flags.port, 'NEXUS_NODE_PORT', '8000')),
    dir: setting(flags.dir, 'NEXUS_NODE_DIR', '.astromesh-node'),
    role: readRole(setting(undefined, 'ASTROMESH_ROLE', 'full')),
    deniedPorts: parsePortRanges(setting(undefined, 'NEXUS_NODE_DENY_PORTS', '')),
    memoryMb: readMemory(env['NEXUS_NODE_MEMORY_MB']),
    secret: (name) => env[name],
  };
}

/**
 * Reads a list such as `8080,24000-27999`. Blank entries are skipped.
 *
 * @throws SettingsError when an entry is no port and no rising range
 */
export function parsePortRanges(text: string): PortRange[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry) => {
      const [first = '', last = first] = entry.split('-').map((part) => part.trim());
      const from = portNumber('NEXUS_NODE_DENY_PORTS', first);
      const to = portNumber('NEXUS_NODE_DENY_PORTS', last);
      if (to < from || entry.split('-').length > 2) {
        throw new SettingsError(`NEXUS_NODE_DENY_PORTS: "${entry}" is not a port or a range`);
      }
      return { from, to };
    });
}

function readFlags(args: readonly string[]): { host?: string; port?: string; dir?: string } {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({ args: [...args], options: { host: text, port: text, dir: text } }).values;
  } catch (error) {
    throw new SettingsError(error instanceof Error ? error.message : String(error));
  }
}

function readRole(text: string): NodeRole {
  const role = ROLES.find((known) => known === text);
  if (!role) {
    throw new SettingsError(`ASTROMESH_ROLE: "${text}" is none of ${ROLES.join(', ')}`);
  }
  return role;
}

function readMemory(text: string | undefined): number | undefined {
  return text ? wholeNumber('NEXUS_NODE_MEMORY_MB', text, 1_048_576) : undefined;
}

function portNumber(setting: string, text: string): number {
  return wholeNumber(setting, text, HIGHEST_PORT);
}

function wholeNumber(setting: string, text: string, highest: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > highest) {
    throw new SettingsError(`${setting}: "${text}" is not a whole number up to ${highest}`);
  }
  return value;
}
