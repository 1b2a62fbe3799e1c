import { describe, expect, it } from 'vitest';
import { labelsOf, modelOf, nameOf, versionOf } from './agent-summary.rules.js';

const withModel = (model: unknown) => ({ spec: { model } });

describe('the summary of a spec', () => {
  it.each([
    [{ primary: { provider: 'ollama', model: 'llama3' } }, 'ollama/llama3'],
    [{ primary: { provider: 'echo' } }, 'echo'],
    [{ default: { candidates: [{ provider: 'a', model: 'b' }, { provider: 'c' }] } }, 'a/b'],
    [{ provider: 'x', model: 'y' }, 'x/y'],
    [{ primary: { provider: 'o', model: 'a\u0000b' } }, 'o/ab'],
    [{}, null],
    [null, null],
  ])('names the model of %j', (model, name) => {
    expect(modelOf(withModel(model))).toBe(name);
  });

  it('reads name, version and labels, and minds nothing odd', () => {
    const metadata = { name: 'a', version: '1', labels: { x: 'y', n: 1 } };
    expect(nameOf({ metadata })).toBe('a');
    expect(versionOf({ metadata })).toBe('1');
    expect(labelsOf({ metadata })).toEqual({ x: 'y' });
    expect([nameOf({}), versionOf({ metadata: 3 }), labelsOf({})]).toEqual([undefined, null, {}]);
  });
});
