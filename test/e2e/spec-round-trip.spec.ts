import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { parseAgentSpec } from '../../src/agents/spec/agent-spec.parser.js';
import { canonicalJson } from '../../src/platform/json/canonical-json.js';
import { holdsSpec } from '../../src/reconciliation/agent-on-node.rules.js';
import { startGivenNode } from '../support/given-node.js';
import { Random } from '../support/random.js';

const RUNS = 150;

const number = fc.oneof(
  fc.maxSafeInteger(),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .filter((value) => !Number.isInteger(value) || Number.isSafeInteger(value)),
);
/** Any text, and text that YAML or Python could take for something else. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('yes', 'null', '~', '1e3', '0o7', '0x1F', '.inf', '2026-01-01', '12:30:00'),
  fc.constantFrom('', ' ', '# a', 'a: b', '- a', '&a', '*a', '!a', '%a', '@a', '|', '>', '{}'),
  fc.constantFrom('\u0085', '\u2028', '\ufeff', '\u007f', 'a\r\nb', '\t', '=', '<<'),
);
const key = text.filter((word) => word !== '__proto__' && word !== '<<');
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, false),
    number,
    text,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));
/** Specs of which any part below `spec` may be anything. */
const spec = fc.record({
  apiVersion: fc.constant('astromesh/v1'),
  kind: fc.constant('Agent'),
  metadata: fc.record({ name: fc.constant('any'), version: text, description: value }),
  spec: fc.dictionary(
    key.filter((word) => word !== 'skills'),
    value,
    { maxKeys: 6, noNullPrototype: true },
  ),
});

const bytesOf = (written: string): Buffer => Buffer.from(written, 'utf8');

describe('any spec', () => {
  const { seed } = Random.printed('any spec');

  it('is the same read from JSON and from YAML, and as it is stored', () => {
    fc.assert(
      fc.property(spec, (document) => {
        const stored = canonicalJson(parseAgentSpec(bytesOf(JSON.stringify(document)), 'json'));
        const yaml = stringify(document, { aliasDuplicateObjects: false, lineWidth: 0 });
        expect(canonicalJson(parseAgentSpec(bytesOf(yaml), 'yaml'))).toBe(stored);
        expect(canonicalJson(parseAgentSpec(bytesOf(stored), 'json'))).toBe(stored);
      }),
      { seed, numRuns: RUNS },
    );
  });

  it('comes back from the node as it was sent', async () => {
    const node = await startGivenNode();
    await fc.assert(
      fc.asyncProperty(spec, async (document) => {
        const stored = canonicalJson(document);
        const sent = await node.call('POST', '/v1/agents', stored);
        expect(sent.status, JSON.stringify(sent.body)).toBe(201);
        const { body } = await node.call('GET', '/v1/agents/any');
        expect(holdsSpec(stored, body), JSON.stringify(body)).toBe(true);
      }),
      { seed, numRuns: RUNS },
    );
  });
});
