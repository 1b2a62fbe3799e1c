import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../toolchain.mjs';
import { imageName } from './images.mjs';

const read = (file) => readFileSync(path.join(ROOT, file), 'utf8');
const entrypointOf = (text) => JSON.parse(/^ENTRYPOINT (\[.*\])$/m.exec(text)[1]);

describe('the file of an image', () => {
  it('starts the server as `npm start` does', () => {
    const [, list] = /const FLAGS = (\[[^\]]*\]);/.exec(read('scripts/start.mjs'));
    const flags = [...list.matchAll(/'([^']+)'/g)].map(([, flag]) => flag);
    expect(flags.length).toBeGreaterThan(0);
    const text = read('Containerfile');
    const [node, ...rest] = entrypointOf(text);
    const program = rest.pop();
    expect([node, program]).toEqual(['node', '/opt/nexus/dist/main.js']);
    // That one is no flag of the command line, so that a container with less memory may have another.
    const [, heap] = /^ {4}NODE_OPTIONS=(\S+) \\$/m.exec(text);
    expect(heap).toMatch(/^--max-old-space-size=\d+$/);
    expect(new Set([...rest, heap])).toEqual(new Set(flags));
  });

  it('holds the real node that other tests run on', () => {
    const [, version] = /name: 'astromesh',\s+version: '([^']+)'/.exec(
      read('test/support/python-programs.ts'),
    );
    expect(imageName('astromesh')).toBe(`docker.io/library/nexus-node:astromesh-${version}`);
  });

  it.each(['Containerfile', 'Containerfile.node'])('%s runs as a number', (file) => {
    // A name could be anybody; Kubernetes' `runAsNonRoot` wants to see that it is not root.
    const text = read(file);
    expect(text.slice(text.lastIndexOf('\nFROM '))).toMatch(/^USER 1000:1000$/m);
    expect(text).toMatch(/^ {4}UV_THREADPOOL_SIZE=8 \\$/m);
  });
});
