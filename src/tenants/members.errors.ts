import { AppError } from '../platform/errors/app-error.js';

/** 404: nobody has an account with that address. */
export function noSuchAccount(): AppError {
  return new AppError(
    'not_found',
    'user_not_found',
    'There is no account with this address; ask the person to register first.',
  );
}

/** 409: the person is in the tenant already. */
export function memberExists(): AppError {
  return new AppError(
    'conflict',
    'member_exists',
    'This person is a member already; change the role with PATCH.',
  );
}

/** 404: the person is not in the tenant. */
export function memberNotFound(): AppError {
  return new AppError('not_found', 'member_not_found', 'The tenant has no such member.');
}

/** 409: a tenant keeps an owner who can log in. */
export function lastOwner(): AppError {
  return new AppError(
    'conflict',
    'last_owner',
    'This is the last owner that can log in; make another member an owner first.',
  );
}

/** 409: the person owns as many tenants as one may. */
export function ownsTooMany(limit: number): AppError {
  return new AppError(
    'conflict',
    'tenant_limit',
    `This person owns ${limit} tenants already, which is the most; ask an admin.`,
  );
}
