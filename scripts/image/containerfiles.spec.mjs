import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../toolchain.mjs';

const read = (file) => readFileSync(path.join(ROOT, file), 'utf8');
const entrypointOf = (text) => JSON.parse(/^ENTRYPOINT (\[.*\])$/m.exec(text)[1]);

describe('the file of an image', () => {
  it('starts the server as `npm start` does', () => {
    const [, list] = /const FLAGS = (\[[^\]]*\]);/.exec(read('scripts/start.mjs'));
    const flags = [...list.matchAll(/'([^']+)'/g)].map(([, flag]) => flag);
    expect(flags.length).toBeGreaterThan(0);
    expect(entrypointOf(read('Containerfile'))).toEqual([
      'node',
      ...flags,
      '/opt/nexus/dist/main.js',
    ]);
  });

  it.each(['Containerfile', 'Containerfile.node'])('%s runs as a number', (file) => {
    // A name could be anybody; Kubernetes' `runAsNonRoot` wants to see that it is not root.
    const text = read(file);
    expect(text.slice(text.lastIndexOf('\nFROM '))).toMatch(/^USER 1000:1000$/m);
    expect(text).toMatch(/^ {4}UV_THREADPOOL_SIZE=8 \\$/m);
  });
});
