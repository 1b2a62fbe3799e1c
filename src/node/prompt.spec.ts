import { describe, expect, it } from 'vitest';
import { fillPrompt } from './prompt.js';

describe('fillPrompt', () => {
  it.each([
    ['no placeholder', 'no placeholder'],
    ['{{name}} and {{ user.age }}', 'Ada and 36'],
    ['{{ user }}', '{"age":36}'],
    ['[{{ missing }}{{ name.missing }}{{ nothing }}]', '[]'],
    ['{{ constructor }}{{ user.toString }}', ''],
    ['{% if x %}{{ a + b }}', '{% if x %}{{ a + b }}'],
  ])('fills %s', (template, text) => {
    expect(fillPrompt(template, { name: 'Ada', user: { age: 36 }, nothing: null })).toBe(text);
  });

  it('does not fill what it filled in', () => {
    expect(fillPrompt('{{ a }}', { a: '{{ b }}$&', b: 'x' })).toBe('{{ b }}$&');
  });
});
