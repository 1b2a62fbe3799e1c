import { describe, expect, it } from 'vitest';
import { quantityValue } from './quantity.js';

describe('a quantity', () => {
  it.each([
    ['2', 2],
    ['500m', 0.5],
    ['1.5', 1.5],
    ['1k', 1000],
    ['4Gi', 4 * 2 ** 30],
    ['1G', 1e9],
  ])('%s is %d', (text, value) => {
    expect(quantityValue(text)).toBe(value);
  });

  it.each(['', '-1', '1e3', '4 Gi', 'Gi', '1.2345', '4gi'])('%j is none', (text) => {
    expect(() => quantityValue(text)).toThrow('not a quantity');
  });
});
