import { QueryFailedError } from 'typeorm';
import { StorageLost } from './storage-lost.js';

/** Whether a write was refused because a row with that unique value is there already. */
export function isUniqueViolation(error: unknown): boolean {
  const code = driverCode(error);
  const message = error instanceof Error ? error.message : '';
  return code === '23505' || (code === 'SQLITE_CONSTRAINT' && message.includes('UNIQUE'));
}

/** Whether PostgreSQL asks to run the transaction again (`40001`, `40P01`). */
export function isSerializationFailure(error: unknown): boolean {
  const code = driverCode(error);
  return code === '40001' || code === '40P01';
}

/** Whether PostgreSQL was given text that it has no characters for (`22021`), such as NUL. */
export function isUnstorableText(error: unknown): boolean {
  return driverCode(error) === '22021';
}

/** The way to PostgreSQL. */
const NETWORK =
  /^(ECONNREFUSED|ECONNRESET|ECONNABORTED|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;

/**
 * What PostgreSQL says itself: connection (08), refused log-in (28), unknown database (3D), no
 * resources (53), stopped or cancelled (57), failing disk (58), a lock that was not let go
 * (55P03), a session that was ended (25P03), and a standby that takes no writes (25006).
 */
const POSTGRES = /^(08|28|3D|53|57|58)\w{3}$|^(55P03|25P03|25006)$/;

const SQLITE =
  /^SQLITE_(FULL|IOERR|READONLY|CANTOPEN|BUSY|CORRUPT|NOTADB|NOMEM|PERM|AUTH|PROTOCOL)$/;

/** Without a code: the driver's own words, and TypeORM's for a connection that broke in use. */
const UNAVAILABLE_MESSAGE =
  /Connection terminated|timeout exceeded when trying to connect|timeout expired|Driver not Connected|not queryable|already released/;

/** Whether the storage itself is away or cannot take a write, rather than the statement wrong. */
export function isStorageUnavailable(error: unknown): boolean {
  if (error instanceof StorageLost) return true;
  const code = driverCode(error);
  if (code !== undefined && [NETWORK, POSTGRES, SQLITE].some((known) => known.test(code))) {
    return true;
  }
  return error instanceof Error && UNAVAILABLE_MESSAGE.test(error.message);
}

/** What the driver calls an error, for example `SQLITE_FULL` or `57P01`. */
export function driverCode(error: unknown): string | undefined {
  const source: unknown = error instanceof QueryFailedError ? error.driverError : error;
  if (typeof source !== 'object' || source === null || !('code' in source)) return undefined;
  return typeof source.code === 'string' ? source.code : undefined;
}
