import type { FastifyReply } from 'fastify';
import { type Page, writeCursor } from './pagination.js';

/** The headers of every list, for the API document. */
export const PAGE_HEADERS = {
  Link: 'The next page, as `<url>; rel="next"`; absent on the last one.',
  'X-Total-Count': 'How many entries the whole list has.',
} as const;

/**
 * Puts the paging of a list into the headers, so that the body stays an array.
 *
 * @param filters what the cursor is bound to; the same as was given to `readCursor`
 */
export function sendPage<T>(reply: FastifyReply, page: Page<T>, filters: unknown): T[] {
  setPaging(reply, page, filters);
  return page.items;
}

/** The headers alone, for who sends the body otherwise; parameters as of `sendPage`. */
export function setPaging(
  reply: FastifyReply,
  { total, next }: Pick<Page<unknown>, 'total' | 'next'>,
  filters: unknown,
): void {
  void reply.header('X-Total-Count', String(total));
  if (next === undefined) return;
  const { url } = reply.request;
  const known = links.get(next);
  const link = known?.url === url ? known.link : linkOf(url, next, filters);
  if (link !== known?.link) links.set(next, { url, link });
  void reply.header('Link', link);
}

/** By the position where it leads; a page that is shown again and again has one. */
const links = new WeakMap<string[], { url: string; link: string }>();

function linkOf(url: string, next: string[], filters: unknown): string {
  const [path = '', query = ''] = url.split('?', 2);
  const parameters = new URLSearchParams(query);
  parameters.set('cursor', writeCursor(next, filters));
  return `<${path}?${parameters.toString()}>; rel="next"`;
}
