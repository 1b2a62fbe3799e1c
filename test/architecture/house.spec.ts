import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const SOURCES = filesBelow('src').filter((file) => file.endsWith('.ts'));
const PROGRAM = SOURCES.filter((file) => !file.endsWith('.spec.ts'));

/** What a file is, told by its name (docs/architecture.md). */
const SUFFIXES = new Set([
  'config',
  'controller',
  'decorator',
  'decorators',
  'driver',
  'entity',
  'errors',
  'events',
  'examples',
  'filter',
  'interceptor',
  'guard',
  'interceptor',
  'module',
  'openapi',
  'parser',
  'pipe',
  'plan',
  'reconciler',
  'repository',
  'rules',
  'schemas',
  'service',
  'status',
  'strategy',
  'text',
  'types',
  'words',
]);
const VAGUE = /(^|[-./])(utils?|helpers?|common|shared|manager|impl|misc)([-./]|$)/;

describe('the house', () => {
  it('has no file past 400 lines', () => {
    const long = PROGRAM.filter((file) => read(file).split('\n').length > 400);
    expect(long.filter((file) => !file.includes('/migrations/'))).toEqual([]);
  });

  it('has no barrels, no forwardRef, no default exports', () => {
    expect(PROGRAM.filter((file) => path.basename(file) === 'index.ts')).toEqual([]);
    expect(PROGRAM.filter((file) => /forwardRef|^export default/m.test(read(file)))).toEqual([]);
  });

  it('reads the environment in one place', () => {
    const readers = PROGRAM.filter((file) => read(file).includes('process.env'));
    expect(readers.filter((file) => !file.startsWith('src/config/'))).toEqual([
      'src/node/node.config.ts',
    ]);
  });

  it('names its files by what they are', () => {
    const odd = PROGRAM.filter((file) => {
      const [, suffix] = path.basename(file, '.ts').split('.');
      return suffix !== undefined && !SUFFIXES.has(suffix) && !file.startsWith('src/node/');
    });
    expect(odd).toEqual([]);
    expect(PROGRAM.filter((file) => VAGUE.test(file))).toEqual([]);
    expect(PROGRAM.filter((file) => /[A-Z_]/.test(file))).toEqual([]);
  });

  it('opens every longer file with its purpose', () => {
    const silent = PROGRAM.filter((file) => {
      const text = read(file);
      return text.split('\n').length > 80 && !/^(\/\/|\/\*\*)/m.test(text);
    });
    expect(silent).toEqual([]);
  });

  it('opens no model endpoint from the control plane', () => {
    const control = PROGRAM.filter((file) => !file.startsWith('src/node/'));
    const asking = /\bfetch\(|\bhttps?\.(request|get)\(|new WebSocket\(|from '(undici|axios|got)'/;
    expect(control.filter((file) => asking.test(read(file)))).toEqual([
      'src/nodes/node-http.ts',
      'src/nodes/node-socket.ts',
    ]);
  });

  it('changes nothing on a node or a cluster from a request handler', () => {
    const handlers = PROGRAM.filter((file) => /^src\/(agents|tenants|auth)\//.test(file));
    const changing = /client\.(register|deploy|pause|remove)\(/;
    expect(handlers.filter((file) => changing.test(read(file)))).toEqual([]);
  });
});

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const name = path.posix.join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(name) : [name];
  });
}

function read(file: string): string {
  return readFileSync(file, 'utf8');
}
