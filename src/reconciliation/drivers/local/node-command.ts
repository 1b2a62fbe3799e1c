import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Environment } from '../../../config/load-config.js';
import type { NodesConfig } from '../../../config/nodes.config.js';
import { fillCommand, splitCommand } from '../../../platform/command-line/command-line.js';
import { quantityValue } from '../../../platform/kubernetes-quantity/quantity.js';
import type { GivenVariables } from '../../../tenants/node-variables.service.js';
import type { TenantRecord } from '../../../tenants/tenant-sync.service.js';

/** Inherited by every node; anything else only by name in `NEXUS_NODE_ENV`. */
const ALWAYS_INHERITED = ['PATH', 'HOME', 'LANG', 'TZ'];
const MIB = 1024 * 1024;
const LEAST_HEAP_MIB = 64;

/** Address and folder of one start of a node. */
export interface NodePlace {
  host: string;
  port: number;
  folder: string;
}

/** The words that start the node of a tenant. */
export function nodeCommand(
  config: NodesConfig,
  tenant: TenantRecord,
  { host, port, folder }: NodePlace,
): [string, ...string[]] {
  if (config.command !== undefined) {
    return fillCommand(splitCommand(config.command), {
      host,
      port: String(port),
      dir: folder,
      profile: tenant.nodeProfile,
    });
  }
  const entry = fileURLToPath(new URL('../../../node/main.js', import.meta.url));
  return [
    process.execPath,
    `--max-old-space-size=${heapMib(tenant)}`,
    entry,
    '--host',
    host,
    '--port',
    String(port),
    '--dir',
    folder,
  ];
}

/** All that a node gets of an environment; what a tenant has set wins over what is inherited. */
export function nodeEnvironment(
  config: NodesConfig,
  inherited: Environment,
  tenant: TenantRecord,
  variables: GivenVariables,
  { host, port, folder }: NodePlace,
  deniedPorts: string,
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of [...ALWAYS_INHERITED, ...config.environment]) {
    const value = inherited[name];
    if (value !== undefined) environment[name] = value;
  }
  return {
    ...environment,
    ...variables.values,
    NEXUS_NODE_HOST: host,
    NEXUS_NODE_PORT: String(port),
    NEXUS_NODE_DIR: folder,
    NEXUS_NODE_DENY_PORTS: deniedPorts,
    NEXUS_NODE_MEMORY_MB: String(heapMib(tenant)),
    ASTROMESH_ROLE: tenant.nodeProfile,
  };
}

/** A fingerprint of whatever makes a restart necessary when it changes. */
export function nodeSettings(
  { command = '', environment }: NodesConfig,
  { nodeProfile, memory }: TenantRecord,
  { stamp }: GivenVariables,
): string {
  const parts = [command, environment, nodeProfile, memory, stamp];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/** The memory of the quota, which the reference node is held to. */
function heapMib({ memory }: TenantRecord): number {
  return Math.max(LEAST_HEAP_MIB, Math.floor(quantityValue(memory) / MIB));
}
