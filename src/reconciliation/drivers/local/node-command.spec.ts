import { describe, expect, it } from 'vitest';
import { tenantRow } from '../../../../test/support/rows.js';
import { type GivenVariables, NO_VARIABLES } from '../../../tenants/node-variables.service.js';
import { NodesConfig } from '../../../config/nodes.config.js';
import { nodeCommand, nodeEnvironment, nodeSettings } from './node-command.js';

const config = (more: Partial<NodesConfig> = {}): NodesConfig =>
  new NodesConfig({
    command: undefined,
    templateDir: undefined,
    environment: ['OPENAI_API_KEY'],
    startTimeoutSeconds: 30,
    localStarts: 4,
    ports: { first: 24_000, last: 27_999 },
    runTimeoutSeconds: 120,
    ...more,
  });
const settingsOf = (tenant: object = {}, variables: GivenVariables = NO_VARIABLES): string =>
  nodeSettings(config(), tenantRow(tenant), variables);
const place = { host: '127.0.0.1', port: 24_001, folder: '/data/nodes/a b' };

describe('the command of a node', () => {
  it('is the reference node, held to the memory of the quota', () => {
    const [program, ...args] = nodeCommand(config(), tenantRow({ memory: '512Mi' }), place);
    expect(program).toBe(process.execPath);
    expect(args[0]).toBe('--max-old-space-size=512');
    expect(args[1]).toMatch(/node\/main\.js$/);
    expect(args.slice(2)).toEqual([
      '--host',
      '127.0.0.1',
      '--port',
      '24001',
      '--dir',
      '/data/nodes/a b',
    ]);
  });

  it.each([
    [
      'python -m astromesh_node.daemon.core --config {dir} --host {host} --port {port} --foreground --pid-file {dir}/pid',
      'python|-m|astromesh_node.daemon.core|--config|/data/nodes/a b|--host|127.0.0.1|--port|24001|--foreground|--pid-file|/data/nodes/a b/pid',
    ],
    [
      "env ASTROMESH_CONFIG_DIR={dir} '/opt/my python' -m x --role={profile} {other}",
      'env|ASTROMESH_CONFIG_DIR=/data/nodes/a b|/opt/my python|-m|x|--role=full|{other}',
    ],
  ])('is a foreign one, split as a shell would: %s', (command, words) => {
    expect(nodeCommand(config({ command }), tenantRow(), place)).toEqual(words.split('|'));
  });

  it('gets what is named of the environment and the variables of its tenant, and nothing else', () => {
    const inherited = {
      PATH: '/bin',
      HOME: '/root',
      SECRET: 'x',
      OPENAI_API_KEY: 'k',
      LANG: undefined,
    };
    const given = {
      ...NO_VARIABLES,
      values: {
        OPENAI_API_KEY: 'of the tenant',
        MORE: 'x',
        ASTROMESH_ROLE: 'worker',
        NEXUS_NODE_PORT: '1',
      },
    };
    const environment = nodeEnvironment(
      config(),
      inherited,
      tenantRow(),
      given,
      place,
      '8080,24000-27999',
    );
    expect(environment).toEqual({
      PATH: '/bin',
      HOME: '/root',
      OPENAI_API_KEY: 'of the tenant',
      MORE: 'x',
      NEXUS_NODE_HOST: '127.0.0.1',
      NEXUS_NODE_PORT: '24001',
      NEXUS_NODE_DIR: '/data/nodes/a b',
      NEXUS_NODE_DENY_PORTS: '8080,24000-27999',
      NEXUS_NODE_MEMORY_MB: '4096',
      ASTROMESH_ROLE: 'full',
    });
  });

  it('has other settings when it has to be started anew', () => {
    const settings = settingsOf();
    expect(settingsOf({ displayName: 'Other', maxAgents: 1 })).toBe(settings);
    const others = [
      settingsOf({ nodeProfile: 'worker' }),
      settingsOf({ memory: '1Gi' }),
      nodeSettings(config({ command: 'x' }), tenantRow(), NO_VARIABLES),
      settingsOf({}, { ...NO_VARIABLES, stamp: '1' }),
    ];
    expect(new Set([settings, ...others]).size).toBe(5);
  });
});
