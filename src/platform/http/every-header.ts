import type { IncomingMessage } from 'node:http';

/**
 * The headers of a request by name, in lower case. One that was sent with several values has all of
 * them, separated by commas: of some, such as `Authorization`, the parser would show the first alone.
 */
export function everyHeader({ headersDistinct }: IncomingMessage): Map<string, string> {
  return new Map(
    Object.entries(headersDistinct).map(([name, values]) => {
      return [name, [...new Set(values)].join(', ')] as const;
    }),
  );
}
