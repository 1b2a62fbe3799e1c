import { describe, expect, it } from 'vitest';
import { delayMs } from './login-delay.rules.js';

describe('the delay of an attempt', () => {
  it('grows with the failures before, up to a few seconds', () => {
    const delays = Array.from({ length: 10 }, (_, before) => delayMs(before + 1));
    expect(delays).toEqual([0, 0, 0, 250, 500, 1000, 2000, 4000, 4000, 4000]);
    expect(delayMs(0)).toBe(0);
  });
});
