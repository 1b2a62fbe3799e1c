import { AppError } from '../platform/errors/app-error.js';

/** 409: another account has the address. */
export function emailTaken(): AppError {
  return new AppError('conflict', 'email_taken', 'An account with this address exists; log in.');
}
