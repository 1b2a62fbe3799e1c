import { QueryFailedError } from 'typeorm';

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

const UNAVAILABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EPIPE',
  '57P01',
  '57P02',
  '57P03',
  '53300',
  '08006',
  '08001',
  '08003',
  '08004',
  'SQLITE_FULL',
  'SQLITE_IOERR',
  'SQLITE_READONLY',
  'SQLITE_CANTOPEN',
  'SQLITE_BUSY',
]);

const UNAVAILABLE_MESSAGE =
  /Connection terminated|timeout exceeded when trying to connect|Driver not Connected/;

/** Whether the storage itself is away or cannot take a write, rather than the statement wrong. */
export function isStorageUnavailable(error: unknown): boolean {
  const code = driverCode(error);
  if (code !== undefined && UNAVAILABLE.has(code)) return true;
  return error instanceof Error && UNAVAILABLE_MESSAGE.test(error.message);
}

function driverCode(error: unknown): string | undefined {
  const source: unknown = error instanceof QueryFailedError ? error.driverError : error;
  if (typeof source !== 'object' || source === null || !('code' in source)) return undefined;
  return typeof source.code === 'string' ? source.code : undefined;
}
