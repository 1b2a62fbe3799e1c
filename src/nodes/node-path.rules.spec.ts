import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodePath } from './node-path.rules.js';

describe('a path on a node', () => {
  it.each([
    ['agents', '/v1/agents'],
    ['agents/a%20b', '/v1/agents/a%20b'],
    ['traces/', '/v1/traces/'],
    ['agents/%C3%A9', '/v1/agents/%C3%A9'],
  ])('%s is %s', (raw, path) => {
    expect(nodePath(raw)).toBe(path);
  });

  it.each([
    '',
    '/',
    '//',
    'agents//x',
    '..',
    '../health',
    'agents/../../etc',
    'agents/%2e%2e/x',
    'agents/%2E./x',
    'agents/.',
    'agents/a%2Fb',
    'agents/a%5Cb',
    'agents/a\\b',
    'agents/%252e%252e',
    'agents/%00',
    'agents/%0d%0aX',
    'agents/%zz',
    'agents/%ff',
  ])('%j is refused', (raw) => {
    expect(nodePath(raw)).toBeUndefined();
  });

  it('stays below /v1/ for whatever is asked', () => {
    const pieces = fc.constantFrom(
      '.',
      '..',
      '/',
      '%2e',
      '%2f',
      '%5c',
      'a',
      '%',
      '\\',
      '?',
      '#',
      ';',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const path = nodePath(parts.join(''));
        if (path === undefined) return;
        expect(new URL(path, 'http://node').pathname).toBe(path);
        expect(path).toMatch(/^\/v1\/[^/]/);
      }),
    );
  });
});
