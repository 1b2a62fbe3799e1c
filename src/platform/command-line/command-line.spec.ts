import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillCommand, splitCommand } from './command-line.js';

describe('splitCommand', () => {
  it.each([
    ['python -m node --port {port}', ['python', '-m', 'node', '--port', '{port}']],
    ['  a \t b\n', ['a', 'b']],
    [`a 'b c' "d e" f\\ g`, ['a', 'b c', 'd e', 'f g']],
    [`a b'c'"d"e`, ['a', 'bcde']],
    [`a '' ""`, ['a', '', '']],
    [`a '"' "'"`, ['a', '"', "'"]],
    [`a 'x\\y' "x\\y" "x\\"y" "x\\\\y" "\\$x"`, ['a', 'x\\y', 'x\\y', 'x"y', 'x\\y', '$x']],
    [`a '|' "&" \\; '$(b)' '\`b\`'`, ['a', '|', '&', ';', '$(b)', '`b`']],
    ['a b\\\nc', ['a', 'bc']],
    ['a "b\\\nc"', ['a', 'bc']],
    ['env A=$HOME ${B} "$C" ~ *.txt [ab]? {a,b}', null],
    ['a # b', ['a', '#', 'b']],
    ['größe "ä ö"', ['größe', 'ä ö']],
  ])('splits %j', (line, words) => {
    const unchanged = ['env', 'A=$HOME', '${B}', '$C', '~', '*.txt', '[ab]?', '{a,b}'];

    expect(splitCommand(line)).toEqual(words ?? unchanged);
  });

  it.each([
    ['a | b', '|'],
    ['a && b', '&'],
    ['a; b', ';'],
    ['a > file', '>'],
    ['a 2>&1', '>'],
    ['a < file', '<'],
    ['(a)', '('],
    ['a $(b)', '('],
    ['a `b`', '`'],
    ['a "$(b)"', 'single quotes'],
    ['a "x`b`"', 'single quotes'],
    ['a "\\\\`b`"', 'single quotes'],
    [`a 'b`, 'not closed'],
    ['a "b', 'not closed'],
    ['a b\\', 'backslash'],
    ['', 'no program'],
    ['  ', 'no program'],
    [`'' a`, 'no program'],
  ])('refuses %j', (line, why) => {
    expect(() => splitCommand(line)).toThrow(
      expect.objectContaining({
        kind: 'invalid',
        code: 'command_invalid',
        message: expect.stringContaining(why) as string,
      }),
    );
  });

  it('splits like a shell whatever is in quotes and escapes', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab \'"\\|#*;-=') });
    const piece = fc.oneof(
      text.map((value) => `'${value.replaceAll("'", '')}'`),
      text.map((value) => `"${value.replaceAll(/["\\]/g, '\\$&')}"`),
      text.map((value) => value.replaceAll(/[^ab=-]/g, '\\$&')),
      fc.constant(' '),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const line = `x ${pieces.join('')}`;
        const script = `set -- ${line}; for word; do printf '%s\\0' "$word"; done`;
        const words = execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' }).split('\0');

        expect(splitCommand(line)).toEqual(words.slice(0, -1));
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});

describe('fillCommand', () => {
  it('fills words in, which stay one word each', () => {
    const words = splitCommand('run --dir={dir} {host}:{port} {other} {}');

    expect(fillCommand(words, { dir: '/a b/$c', host: '::1', port: '80' })).toEqual([
      'run',
      '--dir=/a b/$c',
      '::1:80',
      '{other}',
      '{}',
    ]);
  });

  it('does not fill in what a value holds, nor what every object has', () => {
    expect(fillCommand(['{a}', '{constructor}'], { a: '{b}', b: 'no' })).toEqual([
      '{b}',
      '{constructor}',
    ]);
  });
});
