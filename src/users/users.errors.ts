import { AppError } from '../platform/errors/app-error.js';

/** 409: another account has the address. */
export function emailTaken(): AppError {
  return new AppError('conflict', 'email_taken', 'An account with this address exists; log in.');
}

/** 404: there is no such account. */
export function userNotFound(): AppError {
  return new AppError('not_found', 'user_not_found', 'There is no such account.');
}

/** Somebody has to be able to administer the installation. */
export function lastAdmin(): AppError {
  return new AppError(
    'conflict',
    'last_admin',
    'This is the last admin that can log in; make another one first.',
  );
}
