import { AppError } from '../platform/errors/app-error.js';

/** 404: the tenant has no such variable. */
export function variableNotFound(): AppError {
  return new AppError('not_found', 'variable_not_found', 'The tenant has no such variable.');
}

/** 409: the tenant has as many variables as one may. */
export function tooManyVariables(most: number): AppError {
  return new AppError(
    'conflict',
    'variable_limit',
    `The tenant has ${most} variables already, which is the most; delete one first.`,
  );
}
