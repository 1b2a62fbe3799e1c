import { ConfigError } from '../../config/config-error.js';
import { driverCode } from './database-errors.js';

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this account may not write there',
  EPERM: 'this account may not write there',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'it is no folder',
  EEXIST: 'it is no folder',
  SQLITE_CANTOPEN: 'the file system is read-only, or this account may not write there',
  SQLITE_READONLY: 'the file system is read-only, or this account may not write there',
  SQLITE_FULL: 'the disk is full',
};

/**
 * Does what needs the data folder, and tells what to do where that cannot be written.
 *
 * @throws ConfigError for what only a change of the folder can mend; else what `work` throws
 */
export async function refuseUnwritable<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const reason = REASONS[driverCode(error) ?? ''];
    if (reason === undefined) throw error;
    throw new ConfigError([
      `NEXUS_DATA_DIR ${folder} cannot be written: ${reason}; mount it writable, give the account the right to write, make room, or choose another folder`,
    ]);
  }
}
