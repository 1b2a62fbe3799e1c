import { expect, it } from 'vitest';
import { BackOff } from './back-off.js';

it('doubles, up to the cap, and begins anew', () => {
  const backOff = new BackOff({ firstMs: 800, capMs: 30_000, random: () => 0 });
  const delays = Array.from({ length: 8 }, () => backOff.next());
  expect(delays).toEqual([800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
  expect(backOff.failed).toBe(8);
  backOff.reset();
  expect(backOff.next()).toBe(800);
});

it('adds up to as much again as jitter', () => {
  expect(new BackOff({ firstMs: 800, capMs: 30_000, random: () => 0.5 }).next()).toBe(1_200);
});
