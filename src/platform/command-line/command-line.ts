import { AppError } from '../errors/app-error.js';

// Splits a command into words as a POSIX shell would (POSIX.1-2024, Shell Command Language, 2.2
// and 2.3), and does nothing else that a shell does: variables, patterns, `~` and `#` stay as they
// are written, and what would make a shell run something is refused.

/** Program and arguments. */
export type Command = [program: string, ...args: string[]];

/** A piece of a command line: quoted by ', quoted by ", escaped, blank, or anything else. */
const PIECE = /'([^']*)'|"((?:[^"\\]|\\[^])*)"|\\([^])|([ \t\r\n]+)|([^])/g;
const OPERATORS = new Set(['|', '&', ';', '<', '>', '(', ')', '`']);
/** What a backslash escapes within double quotes. */
const ESCAPED_IN_QUOTES = /\\([$`"\\\n])/g;

/**
 * Splits a command line into words, without a shell.
 *
 * @throws AppError invalid, that says what to do, for operators, open quotes and an empty line
 */
export function splitCommand(line: string): Command {
  const words: string[] = [];
  let word: string | undefined;
  for (const piece of line.matchAll(PIECE)) {
    if (piece[4] === undefined) {
      word = (word ?? '') + textOf(piece);
      continue;
    }
    if (word !== undefined) words.push(word);
    word = undefined;
  }
  if (word !== undefined) words.push(word);
  const [program, ...args] = words;
  if (!program) throw refuse('it names no program');
  return [program, ...args];
}

/** Replaces `{name}` in each word; a value with blanks does not make two words of one. */
export function fillCommand(
  [program, ...args]: Command,
  values: Readonly<Record<string, string>>,
): Command {
  const fill = (word: string): string =>
    word.replace(/\{([a-z]+)\}/g, (whole, name: string) =>
      Object.hasOwn(values, name) ? (values[name] ?? whole) : whole,
    );
  return [fill(program), ...args.map(fill)];
}

/** What a piece stands for in its word. */
function textOf([, single, double, escaped, , plain]: RegExpExecArray): string {
  if (single !== undefined) return single;
  if (double !== undefined) return unquote(double);
  // A backslash before a line's end joins it to the next line.
  if (escaped !== undefined) return escaped === '\n' ? '' : escaped;
  return bare(plain ?? '');
}

function bare(character: string): string {
  if (OPERATORS.has(character)) {
    throw refuse(
      `it holds ${character}, which only a shell can act on; quote it, or run sh -c '…'`,
    );
  }
  if (character === "'" || character === '"') throw refuse(`a ${character} is not closed`);
  if (character === '\\') throw refuse('it ends with a backslash');
  return character;
}

function unquote(text: string): string {
  if (/(?<!\\)(?:\\\\)*(?:`|\$\()/.test(text)) {
    throw refuse("it runs another command within quotes; use single quotes, or run sh -c '…'");
  }
  return text.replace(ESCAPED_IN_QUOTES, (_, character: string) =>
    character === '\n' ? '' : character,
  );
}

function refuse(why: string): AppError {
  return new AppError('invalid', 'command_invalid', `The command cannot be used: ${why}.`);
}
