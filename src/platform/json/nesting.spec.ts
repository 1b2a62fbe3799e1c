import { describe, expect, it } from 'vitest';
import { isNestedDeeper, isValueDeeper } from './nesting.js';

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

describe('the depth of a value', () => {
  it.each([
    [null, 0],
    ['[[[[', 0],
    [{}, 1],
    [{ a: [{ b: 1 }], c: {} }, 3],
  ])('of %j is %i', (value, depth) => {
    expect(isValueDeeper(value, depth)).toBe(false);
    expect(isValueDeeper(value, depth - 1)).toBe(depth > 0);
  });

  it('is not followed to where the stack ends', () => {
    const value = JSON.parse(`${'['.repeat(200_000)}${']'.repeat(200_000)}`) as unknown;
    expect(isValueDeeper(value, 100)).toBe(true);
  });
});
