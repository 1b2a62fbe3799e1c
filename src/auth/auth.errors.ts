import { AppError } from '../platform/errors/app-error.js';

/** A credential that is there but not valid. */
export function credentialInvalid(): AppError {
  return new AppError(
    'unauthenticated',
    'credential_invalid',
    'The credential is not valid: it is malformed, expired or revoked.',
  );
}

/** 400: both credential headers are there and differ. */
export function ambiguousCredentials(): AppError {
  return new AppError(
    'invalid',
    'ambiguous_credentials',
    'Two different credentials were sent; send one of Authorization and X-API-Key.',
  );
}

/** The same for an unknown address and a wrong password. */
export function loginRefused(): AppError {
  return new AppError('unauthenticated', 'login_refused', 'The address or the password is wrong.');
}

/** 503: more passwords wait to be looked at than can be soon. */
export function passwordsBusy(retryAfterMs: number): AppError {
  return new AppError(
    'unavailable',
    'passwords_busy',
    'Too many people log in at this moment; wait as long as Retry-After says.',
    { retryAfterMs },
  );
}

/** For somebody whose session is good: 403, because a 401 would make clients log in again. */
export function passwordWrong(): AppError {
  return new AppError('forbidden', 'password_wrong', 'The current password is wrong.');
}

/** 404: the person has no such session that is open. */
export function sessionNotFound(): AppError {
  return new AppError('not_found', 'session_not_found', 'You have no such session.');
}

/** 401: a refresh token that is unknown, used, expired or of an ended session. */
export function refreshRefused(): AppError {
  return new AppError(
    'unauthenticated',
    'refresh_refused',
    'The refresh token is not valid any more; log in again.',
  );
}

/** 403: `NEXUS_REGISTRATION` is `closed`. */
export function registrationClosed(): AppError {
  return new AppError(
    'forbidden',
    'registration_closed',
    'Registration is closed here; ask an admin for an account.',
  );
}

/**
 * 403: permissions that a tenant's key cannot have.
 *
 * @param scopes the permissions that were asked for in vain
 */
export function scopeNotAllowed(scopes: readonly string[]): AppError {
  return new AppError(
    'forbidden',
    'scope_not_allowed',
    `A tenant's key cannot have: ${scopes.join(', ')}.`,
  );
}

/** 404: the tenant has no such key, or it is revoked already. */
export function keyNotFound(): AppError {
  return new AppError('not_found', 'key_not_found', 'There is no such key.');
}
