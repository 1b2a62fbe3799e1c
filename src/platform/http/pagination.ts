import { z } from 'zod';
import { AppError } from '../errors/app-error.js';
import { numberInTextOr } from './number.schemas.js';
import { invalidRequest } from './validation.js';

const LIMIT = 'must be a whole number from 1 to 1000';
const MOST = 1000;

/** `?limit=` of every list: 1 to 1000, 1000 when absent. */
export const limitSchema = numberInTextOr(MOST, 1, MOST, LIMIT)
  .describe('Most entries on a page.')
  .meta({ example: 50 });

/** `?cursor=` of every list: taken from the `Link` header of the page before. */
export const cursorSchema = z
  .string()
  .max(1024)
  .optional()
  .describe('Where the page begins; taken from the `Link` header of the page before.');

/** What a cursor holds; a position goes into a query, so nothing that no database can hold. */
const cursorContent = z.tuple([
  z.array(z.string().refine((text) => !text.includes('\u0000'))),
  z.string(),
]);

/** The part of a page's query that says which entries and how many. */
export interface PageQuery {
  limit: number;
  cursor?: string | undefined;
}

/** One page of a list. */
export interface Page<T> {
  items: T[];
  /** How many entries the whole list has. */
  total: number;
  /** The position of the last entry, when more follow. */
  next: string[] | undefined;
}

/**
 * Cuts the one entry too many that a repository fetched to learn whether more follow.
 *
 * @param rows up to `limit + 1` rows in order
 * @param positionOf the ordering columns of a row, as text
 */
export function cutPage<T>(
  rows: readonly T[],
  limit: number,
  positionOf: (row: T) => string[],
): Pick<Page<T>, 'items' | 'next'> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items, next: more ? positionOf(last) : undefined };
}

/** As `cutPage`, with the length of the whole list. */
export function pageOf<T>(
  rows: readonly T[],
  limit: number,
  total: number,
  positionOf: (row: T) => string[],
): Page<T> {
  return { ...cutPage(rows, limit, positionOf), total };
}

/** Writes a cursor that is bound to the filters of its list. */
export function writeCursor(position: string[], filters: unknown): string {
  return Buffer.from(JSON.stringify([position, fingerprint(filters)])).toString('base64url');
}

/**
 * Reads a cursor back.
 *
 * @throws AppError `invalid_request` for a cursor of another list, or none of ours
 */
export function readCursor(
  cursor: string | undefined,
  filters: unknown,
  columns: number,
): string[] | undefined {
  if (cursor === undefined) return undefined;
  const position = decode(cursor, fingerprint(filters));
  if (position?.length !== columns) throw invalidCursor();
  return position;
}

/**
 * Reads the cursor of a list in the order of whole numbers.
 *
 * @throws AppError as `readCursor`
 */
export function readNumberCursor(cursor: string | undefined, filters: unknown): number | undefined {
  const [position] = readCursor(cursor, filters, 1) ?? [];
  if (position === undefined) return undefined;
  if (!/^\d{1,9}$/.test(position)) throw invalidCursor();
  return Number(position);
}

function decode(cursor: string, expected: string): string[] | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    const [position, filters] = cursorContent.parse(value);
    return filters === expected ? position : undefined;
  } catch {
    return undefined;
  }
}

function invalidCursor(): AppError {
  return invalidRequest([
    {
      path: 'cursor',
      message: 'is not a cursor of this list with these filters; start without it',
    },
  ]);
}

function fingerprint(filters: unknown): string {
  return JSON.stringify(filters ?? null);
}
