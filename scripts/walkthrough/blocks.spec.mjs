import { describe, expect, it } from 'vitest';
import { blocksOf, difference } from './blocks.mjs';

const page = [
  '# Title',
  '```sh',
  'not played',
  '```',
  '## Walkthrough',
  '```sh',
  'A=1',
  '```',
  'words',
  '```sh',
  'echo $A',
  '```',
  '```text',
  '1',
  '```',
  '## After',
  '```sh',
  'not played either',
  '```',
].join('\n');

describe('a walkthrough', () => {
  it('is the shell blocks under its heading, with what follows them', () => {
    expect(blocksOf(page, 'Walkthrough')).toEqual([
      { commands: 'A=1', expected: undefined, line: 6 },
      { commands: 'echo $A', expected: { kind: 'text', text: '1' }, line: 10 },
    ]);
  });

  const json = (value) => ({ kind: 'json', text: JSON.stringify(value) });

  it('does not mind ids, times, tokens and the order of keys', () => {
    const shown = json({
      id: 't_01m87247hz34ajfzms8wdetaxf',
      at: '2026-11-24T15:17:26.908Z',
      n: 1,
    });
    const seen = '{"n":1,"at":"2027-01-01T00:00:00.000Z","id":"t_01m87247hz34ajfzms8wdetaxx"}';
    expect(difference(shown, seen)).toBeUndefined();
  });

  it('minds everything else', () => {
    expect(difference(json({ n: 1 }), '{"n":2}')).toContain('"n": 2');
    expect(difference(json({ n: 1 }), '{"n":1,"more":true}')).toContain('more');
    expect(difference(json({ id: 't_01m87247hz34ajfzms8wdetaxf' }), '{"id":"none"}')).toContain(
      'none',
    );
    expect(difference(json([]), 'curl: (7) refused')).toContain('refused');
    expect(difference({ kind: 'text', text: 'a' }, 'b')).toContain('b');
    expect(difference({ kind: 'text', text: 'a' }, ' a\n')).toBeUndefined();
  });
});
