import { describe, expect, it } from 'vitest';
import { sameQuantity } from './same-quantity.js';

describe('sameQuantity', () => {
  it.each([
    ['1000m', '1'],
    ['0.5', '500m'],
    ['4096Mi', '4Gi'],
    ['1.5Gi', '1536Mi'],
    ['1e3', '1k'],
    ['2E2', '200'],
    ['1.', '1'],
    ['.5', '500m'],
    ['-1', '-1000m'],
    // An API server keeps no less than a thousandth.
    ['0.1m', '1m'],
    ['1n', '1m'],
    ['1Ei', '1024Pi'],
  ])('%s is %s', (one, other) => {
    expect(sameQuantity(one, other)).toBe(true);
    expect(sameQuantity(other, one)).toBe(true);
  });

  it.each([
    ['1', '1m'],
    ['1k', '1Ki'],
    ['1', '-1'],
    ['1001m', '1'],
    ['9007199254740993', '9007199254740992'],
    ['two', '2'],
    ['', '0'],
    ['.', '0'],
  ])('%s is not %s', (one, other) => {
    expect(sameQuantity(one, other)).toBe(false);
  });

  it('takes what is no quantity for itself', () => {
    expect(sameQuantity('two', 'two')).toBe(true);
  });
});
