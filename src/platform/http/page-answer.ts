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
  void reply.header('X-Total-Count', String(page.total));
  if (page.next !== undefined) {
    const [path = '', query = ''] = reply.request.url.split('?', 2);
    const parameters = new URLSearchParams(query);
    parameters.set('cursor', writeCursor(page.next, filters));
    void reply.header('Link', `<${path}?${parameters.toString()}>; rel="next"`);
  }
  return page.items;
}
