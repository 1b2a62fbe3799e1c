import { AppError } from '../platform/errors/app-error.js';

export function emailTaken(): AppError {
  return new AppError('conflict', 'email_taken', 'An account with this address exists; log in.');
}
