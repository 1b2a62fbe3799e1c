import type { IncomingMessage } from 'node:http';

/** Gives a header of a request by its name in lower case. */
export interface HeaderLookup {
  get(name: string): string | undefined;
}

/**
 * The headers of a request. One that was sent with several values has all of them, separated by
 * commas: of some, such as `Authorization`, the parser would show the first alone.
 */
export function everyHeader({ rawHeaders }: IncomingMessage): HeaderLookup {
  return { get: (name) => valueOf(rawHeaders, name) };
}

/** Looked for in the list as it came, since only few are asked for. */
function valueOf(rawHeaders: readonly string[], name: string): string | undefined {
  let values: string[] | undefined;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const [sent = '', value = ''] = [rawHeaders[index], rawHeaders[index + 1]];
    if (sent.length !== name.length || sent.toLowerCase() !== name) continue;
    if (values === undefined) values = [value];
    else if (!values.includes(value)) values.push(value);
  }
  return values?.join(', ');
}
