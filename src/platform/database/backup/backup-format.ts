import { z } from 'zod';

// A backup is gzip'd lines of JSON: the manifest, then for every table its head and its rows, then
// the end. A table comes after those whose keys it holds. Values are text, numbers, true, false and
// null, whatever the database keeps them as, so that either kind of database can take them in.

export const FORMAT = 'nexus-backup';
export const FORMAT_VERSION = 1;

/** First line of a backup: what it is of, and when it was taken. */
export const manifestSchema = z.object({
  format: z.literal(FORMAT),
  formatVersion: z.int(),
  /** The version of the product that wrote it. */
  product: z.string(),
  takenAt: z.string(),
  /** The schema: names of the migrations that made it, oldest first. */
  migrations: z.array(z.string()),
  tables: z.array(z.string()),
});

/** Line before the rows of a table: its name and columns. */
export const tableSchema = z.object({
  table: z.string(),
  columns: z.array(z.string()),
  /** The column that the database numbers by itself, and the last number it gave. */
  identity: z.object({ column: z.string(), last: z.int() }).optional(),
});

/** Last line of a backup: how many rows it has, and their checksum. */
export const endSchema = z.object({
  end: z.literal(true),
  rows: z.int(),
  /** SHA-256 in hexadecimal of every line before this one, line feeds included. */
  sha256: z.string(),
});

export type Manifest = z.output<typeof manifestSchema>;
export type TableHead = z.output<typeof tableSchema>;
export type End = z.output<typeof endSchema>;
/** The values of a row in the order of the columns. */
export type RowValues = readonly (string | number | boolean | null)[];
