import { QueryRunnerAlreadyReleasedError } from 'typeorm/error/QueryRunnerAlreadyReleasedError.js';
import { QueryRunnerProviderAlreadyReleasedError } from 'typeorm/error/QueryRunnerProviderAlreadyReleasedError.js';
import { describe, expect, it } from 'vitest';
import { isStorageUnavailable } from './database-errors.js';

describe('storage that is away', () => {
  it.each([
    new QueryRunnerAlreadyReleasedError(),
    // A connection that was cut between its check-out and the transaction.
    new QueryRunnerProviderAlreadyReleasedError(),
    new Error('Connection terminated unexpectedly'),
    Object.assign(new Error('terminating connection'), { code: '57P01' }),
    Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' }),
  ])('is told by %s', (error) => {
    expect(isStorageUnavailable(error)).toBe(true);
  });

  it.each([
    new Error('something else'),
    Object.assign(new Error('duplicate key'), { code: '23505' }),
    'no error at all',
  ])('is not told by %s', (error) => {
    expect(isStorageUnavailable(error)).toBe(false);
  });
});
