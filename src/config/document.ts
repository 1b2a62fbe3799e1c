import { CONCERNS } from './load-config.js';
import type { Setting } from './concern.js';

// `docs/configuration.md`, made from the settings themselves.

/** The page as Markdown, ending in a newline. */
export function configurationPage(): string {
  const sections = CONCERNS.map(({ title, settings }) =>
    [`## ${title}`, '', ...table(Object.values(settings)), ''].join('\n'),
  );
  return [
    '# Configuration',
    '',
    'Every setting is an environment variable, or a line of a `.env` file in the working folder;',
    'the environment wins. An empty value counts as absent. All problems are reported at once,',
    'and the server then exits with code 78.',
    '',
    'A secret may be given as a file instead: `<NAME>_FILE` holds the path.',
    '',
    ...sections,
    '*Generated from `src/config`; do not edit.*',
    '',
  ].join('\n');
}

function table(settings: readonly Setting[]): string[] {
  return [
    '| Variable | Meaning | Default |',
    '| --- | --- | --- |',
    ...settings.map((one) => `| \`${one.name}\` | ${escape(summaryOf(one))} | ${defaultOf(one)} |`),
  ];
}

function summaryOf({ summary, secret }: Setting): string {
  return secret === true ? `${summary} *Secret.*` : summary;
}

function defaultOf({ fallback, absent }: Setting): string {
  return fallback === undefined ? escape(absent ?? 'none') : `\`${fallback}\``;
}

function escape(text: string): string {
  return text.replaceAll('|', '\\|');
}
