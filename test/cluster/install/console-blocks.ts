/** Commands that a page shows with what they print, and what of that is never the same twice. */

/** One command of a page. */
export interface Shown {
  command: string;
  output: string;
}

/** The commands in the `console` blocks of a page, in their order; each begins with `$ `. */
export function consoleBlocks(markdown: string): Shown[] {
  const blocks = markdown.matchAll(/^```console\n(.*?)^```$/gms);
  return [...blocks].flatMap(([, text = '']) =>
    text
      .split(/^\$ /m)
      .slice(1)
      .map((part) => {
        const [command = '', ...output] = part.split('\n');
        return { command, output: output.join('\n').trim() };
      }),
  );
}

/** The words of a command, quotes taken off. */
export function words(command: string): string[] {
  const found = command.matchAll(/'([^']*)'|(\S+)/g);
  return [...found].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

/** Whether a command only looks, so that it may be asked again until it shows what is expected. */
export function isLook(args: string[]): boolean {
  const verb = args.find((word, at) => !word.startsWith('-') && args[at - 1] !== '-n');
  return ['get', 'describe', 'events', 'rollout'].includes(verb ?? '');
}

const MASKS: readonly (readonly [RegExp, string])[] = [
  [/\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z/g, '<time>'],
  [/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '<uuid>'],
  [/\bastromesh-node-[0-9a-f]{6,10}-[0-9a-z]{5}\b/g, '<pod>'],
  [/^((?:LAST DEPLOYED|Last Started|Last Completed): ).*$/gm, '$1<time>'],
  [/\bnxk_(…|[\w-]+)/g, '<key>'],
  [/\b\d+(\.\d+)?(ms|s|m|h)(\d+s)?\b/g, '<age>'],
  // Columns are as wide as what is in them.
  [/ {2,}/g, '  '],
  [/ +$/gm, ''],
];

/** A text with a word in the place of whatever changes from run to run. */
export function steady(text: string): string {
  return MASKS.reduce((masked, [pattern, word]) => masked.replace(pattern, word), text.trim());
}
