import { describe, expect, it } from 'vitest';
import { consoleBlocks, isLook, steady, words } from './console-blocks.js';

describe('the console blocks of a page', () => {
  it('are read with what each command prints', () => {
    const page = 'a\n```console\n$ one --x\nAB\n  C\n$ two\n```\n```yaml\n$ no\n```\n';
    expect(consoleBlocks(page)).toEqual([
      { command: 'one --x', output: 'AB\n  C' },
      { command: 'two', output: '' },
    ]);
  });

  it('are compared without what is never the same twice', () => {
    expect(steady('NAME   AGE\nsupport   12s  \nother 3m4s')).toBe(
      'NAME  AGE\nsupport  <age>\nother <age>',
    );
    expect(steady('2026-01-01T00:00:00Z')).toBe('<time>');
    expect(steady('LAST DEPLOYED: Sun Nov 29 07:00:00 2026')).toBe('LAST DEPLOYED: <time>');
    expect(steady('cpu 1, memory 2Gi')).toBe('cpu 1, memory 2Gi');
  });

  it('are taken apart as a shell does, and told apart by whether they only look', () => {
    expect(words("get pods -o 'jsonpath={.a b}'")).toEqual([
      'get',
      'pods',
      '-o',
      'jsonpath={.a b}',
    ]);
    expect(isLook(words('get pods'))).toBe(true);
    expect(isLook(words('apply -f a'))).toBe(false);
  });
});
