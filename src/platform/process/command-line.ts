import { parse } from 'shell-quote';

/**
 * Splits a command into words as a POSIX shell would, without one: quotes and escapes count,
 * variables stay as they are written.
 *
 * @throws Error that says what to do, for operators, patterns and comments
 */
export function splitCommand(command: string): [string, ...string[]] {
  const [program, ...args] = parse(command, (name: string) => `$${name}`).map((entry) => {
    if (typeof entry === 'string') return entry;
    if ('comment' in entry) throw new Error('it holds a comment (#); put it in quotes');
    if (entry.op === 'glob') return entry.pattern;
    throw new Error(
      `it holds the operator "${entry.op}", which needs a shell; wrap it in sh -c '…'`,
    );
  });
  if (program === undefined || program === '') throw new Error('it is empty');
  return [program, ...args];
}

/** Replaces `{name}` in every word; a value with blanks stays one word. */
export function fillCommand(
  words: readonly [string, ...string[]],
  values: Readonly<Record<string, string>>,
): [string, ...string[]] {
  const fill = (word: string): string =>
    word.replace(/\{([a-z]+)\}/g, (whole, name: string) => values[name] ?? whole);
  const [program, ...args] = words;
  return [fill(program), ...args.map(fill)];
}
