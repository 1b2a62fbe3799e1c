import { describe, expect, it } from 'vitest';
import { parsePortRanges, readNodeSettings, SettingsError } from './node.config.js';

describe('readNodeSettings', () => {
  it('has defaults', () => {
    const { secret, ...settings } = readNodeSettings([], {});
    expect(settings).toEqual({
      host: '127.0.0.1',
      port: 8000,
      dir: '.astromesh-node',
      role: 'full',
      deniedPorts: [],
      memoryMb: undefined,
    });
    expect(secret('ANYTHING')).toBeUndefined();
  });

  it('prefers the command line to the environment', () => {
    const env = {
      NEXUS_NODE_HOST: '0.0.0.0',
      NEXUS_NODE_PORT: '1',
      NEXUS_NODE_DIR: '/env',
      ASTROMESH_ROLE: 'worker',
      NEXUS_NODE_DENY_PORTS: '8080, 24000-27999',
      NEXUS_NODE_MEMORY_MB: '256',
    };
    expect(readNodeSettings([], env)).toMatchObject({
      host: '0.0.0.0',
      port: 1,
      dir: '/env',
      role: 'worker',
      deniedPorts: [
        { from: 8080, to: 8080 },
        { from: 24_000, to: 27_999 },
      ],
      memoryMb: 256,
    });
    const flags = ['--host', '127.0.0.2', '--port=0', '--dir', '/flag'];
    expect(readNodeSettings(flags, env)).toMatchObject({
      host: '127.0.0.2',
      port: 0,
      dir: '/flag',
    });
  });

  it('looks secrets up in the environment', () => {
    expect(readNodeSettings([], { MY_KEY: 'k' }).secret('MY_KEY')).toBe('k');
  });

  it.each([
    [['--port', '70000'], {}],
    [['--port', 'x'], {}],
    [['--unknown', '1'], {}],
    [['stray'], {}],
    [[], { ASTROMESH_ROLE: 'boss' }],
    [[], { ASTROMESH_ROLE: '' }],
    [[], { NEXUS_NODE_MEMORY_MB: '1.5' }],
    [[], { NEXUS_NODE_DENY_PORTS: '1-x' }],
  ])('refuses %j with %j', (args, env) => {
    expect(() => readNodeSettings(args, env)).toThrow(SettingsError);
  });
});

describe('parsePortRanges', () => {
  it('skips blanks', () => {
    expect(parsePortRanges(' , 80 ,')).toEqual([{ from: 80, to: 80 }]);
  });

  it.each(['9-8', '1-2-3', '-5', '8-', 'a'])('refuses "%s"', (text) => {
    expect(() => parsePortRanges(text)).toThrow(SettingsError);
  });
});
