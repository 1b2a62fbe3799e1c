import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../platform/errors/app-error.js';
import { canonicalJson } from '../../platform/json/canonical-json.js';
import { parseAgentSpec } from './agent-spec.parser.js';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const yaml = (text: string): unknown => parseAgentSpec(encode(text), 'yaml');
const json = (text: string): unknown => parseAgentSpec(encode(text), 'json');

const refused = new AppError('invalid', 'accepted', 'Nothing was thrown');

function failureOf(work: () => unknown): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
}

function refusal(work: () => unknown): AppError {
  const error = failureOf(work);
  if (error instanceof AppError) return error;
  throw new Error(`Something else was thrown: ${String(error)}`);
}

describe('reading an agent spec', () => {
  it('reads the sample, the same from YAML and from JSON', () => {
    const text = readFileSync('samples/agents/support-bot.yaml', 'utf8');
    const document = yaml(text);
    expect(document).toMatchObject({ kind: 'Agent', metadata: { name: 'support-bot' } });
    expect(json(JSON.stringify(document))).toEqual(document);
  });

  it('takes a byte order mark, plain aliases and comments', () => {
    expect(yaml('\uFEFFa: &x { b: 1 } # note\nc: *x')).toEqual({ a: { b: 1 }, c: { b: 1 } });
  });

  it.each([
    ['two documents', 'a: 1\n---\nb: 2', /one document/],
    ['no document', '', /one document/],
    ['a tag', 'a: !!binary aGk=', /tag/],
    ['a tag on a mapping', 'a: !thing { b: 1 }', /tag/],
    ['a merge key', 'a: &x { b: 1 }\nc: { <<: *x }', /merge key/],
    ['a key twice', 'a: 1\na: 2', /unique/i],
    ['a key that is a number', '1: a', /not text/],
    ['a key that is a list', '[a, b]: c', /not text/],
    ['infinity', 'a: .inf', /finite/],
    ['no number', 'a: .nan', /finite/],
    ['a whole number that is too large', 'a: 9007199254740993', /2⁵³/],
    ['__proto__', 'a: { __proto__: { b: 1 } }', /not allowed/],
    ['a lone surrogate', 'a: "\\uD800"', /surrogate/],
    ['YAML that is none', 'a: [1', /YAML/],
    ['deep flow collections', `a: ${'['.repeat(80)}${']'.repeat(80)}`, /deeper/],
    ['deep block collections', `${'- '.repeat(80)}x`, /deeper/],
    ['hidden depth', `a"b: ${'['.repeat(100_000)}`, /./],
    ['an alias that explodes', explosion(), /alias/i],
    ['an alias of itself', 'a: &a [*a]', /./],
  ])('refuses YAML with %s', (_what, text, reason) => {
    const error = refusal(() => yaml(text));
    expect(error.kind).toBe('invalid');
    expect(error.message).toMatch(reason);
    expect(error.issues.length).toBeGreaterThan(0);
  });

  it.each([
    ['a key twice', '{"a":{"b":1,"b":2}}', /a\.b stands twice/],
    ['a key twice, written differently', '{"a":1,"\\u0061":2}', /a stands twice/],
    ['a key twice in a list', '{"l":[0,{"k":1,"k":2}]}', /l\[1\]\.k/],
    ['a large number', '{"a":1e400}', /finite/],
    ['a whole number that is too large', '{"a":-9007199254740993}', /2⁵³/],
    ['__proto__', '{"__proto__":{}}', /not allowed/],
    ['a lone surrogate', '{"a":"\\ud800"}', /surrogate/],
    ['YAML', 'a: 1', /JSON/],
    ['endless depth', '['.repeat(100_000), /deeper/],
  ])('refuses JSON with %s', (_what, text, reason) => {
    expect(refusal(() => json(text)).message).toMatch(reason);
  });

  it('refuses text that is not UTF-8, and a spec past 256 KiB', () => {
    const bytes = new Uint8Array([0x61, 0x3a, 0x20, 0xff]);
    expect(refusal(() => parseAgentSpec(bytes, 'yaml')).message).toMatch(/UTF-8/);
    expect(refusal(() => yaml(`a: ${'x'.repeat(256 * 1024)}`)).kind).toBe('too_large');
  });

  it('throws nothing but its own errors, whatever it is given', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.string({ unit: 'binary' }).map(encode)),
        fc.constantFrom('json' as const, 'yaml' as const),
        (bytes, format) => {
          expect(failureOf(() => parseAgentSpec(bytes, format)) ?? refused).toBeInstanceOf(
            AppError,
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  it('gives back every JSON document that it accepts', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const text = canonicalJson(value);
        if (/__proto__|e\+|\d{16}|\\ud/i.test(text)) return;
        expect(canonicalJson(json(text))).toBe(text);
      }),
    );
  });
});

/** Nine lists of nine aliases each. */
function explosion(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 9; i++) {
    lines.push(
      `a${i}: &a${i} [${Array(9)
        .fill(`*a${i - 1}`)
        .join(', ')}]`,
    );
  }
  return lines.join('\n');
}
