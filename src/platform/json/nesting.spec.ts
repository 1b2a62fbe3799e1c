import { describe, expect, it } from 'vitest';
import { isNestedDeeper } from './nesting.js';

describe('the depth of a text', () => {
  it.each([
    ['{}', 1],
    ['[[[]]]', 3],
    ['{"a":[{"b":1}],"c":{}}', 3],
    ['{"brackets in text":"[[[[{{"}', 1],
    ['{"an escaped quote":"\\"[[["}', 1],
    ['}}}]]][', 1],
  ])('of %s is %i', (text, depth) => {
    expect(isNestedDeeper(text, depth)).toBe(false);
    expect(isNestedDeeper(text, depth - 1)).toBe(true);
  });
});
