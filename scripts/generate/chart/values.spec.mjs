import { describe, expect, it } from 'vitest';
import { documentedValues } from './values.mjs';

describe('the values of a chart', () => {
  it('are read with what stands above them, and with their defaults', () => {
    const text = '# A page.\n\na:\n  # Two lines\n  # of it.\n  b: 1\n# All of c.\nc:\n  d: [x]\n';
    expect(documentedValues(text)).toEqual([
      { path: 'a.b', meaning: 'Two lines of it.', fallback: 1 },
      { path: 'c', meaning: 'All of c.', fallback: { d: ['x'] } },
    ]);
  });

  it('are refused when one is not explained', () => {
    expect(() => documentedValues('# One.\na: 1\nb:\n  c: 2\n')).toThrow('nothing about b.c');
  });
});
