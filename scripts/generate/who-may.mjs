// Who may do what, in words, from the catalogue of permissions.

import {
  ADMIN_KEY_PERMISSIONS,
  EVERYBODY,
  PERMISSIONS,
  PLATFORM_PERMISSIONS,
  ROLE_PERMISSIONS,
  TENANT_KEY_PERMISSIONS,
} from '../../dist/access/permissions.js';

/** From the one who may least to the one who may most. */
const ROLES = ['viewer', 'developer', 'owner'];

/**
 * The least that somebody has to be; whoever may more may this too, and an admin may everything.
 *
 * @param permission of the catalogue, or `public`
 */
export function whoMay(permission) {
  if (permission === 'public') return 'everybody';
  if (!PERMISSIONS.includes(permission)) throw new Error(`There is no permission ${permission}`);
  if (EVERYBODY.includes(permission)) return 'any credential';
  const keys = keysWith(permission);
  return [leastPerson(permission), ...keys].join(', ');
}

function leastPerson(permission) {
  if (PLATFORM_PERMISSIONS.has(permission)) return 'admin';
  return ROLES.find((role) => ROLE_PERMISSIONS[role].includes(permission)) ?? 'any person';
}

function keysWith(permission) {
  if (TENANT_KEY_PERMISSIONS.includes(permission)) return ['key'];
  return ADMIN_KEY_PERMISSIONS.includes(permission) ? ['admin key'] : [];
}

/** One row a permission: its name, then whether each of `COLUMNS` has it. */
export function permissionRows() {
  return PERMISSIONS.map((permission) => [
    permission,
    ...Object.values(HOLDERS).map((holds) => holds(permission)),
  ]);
}

const isForPeople = (permission) => leastPerson(permission) === 'any person';

const HOLDERS = {
  viewer: (one) => ROLE_PERMISSIONS.viewer.includes(one) || isForPeople(one),
  developer: (one) => ROLE_PERMISSIONS.developer.includes(one) || isForPeople(one),
  owner: (one) => ROLE_PERMISSIONS.owner.includes(one) || isForPeople(one),
  "a tenant's key": (one) => TENANT_KEY_PERMISSIONS.includes(one),
  admin: () => true,
  'admin key': (one) => ADMIN_KEY_PERMISSIONS.includes(one),
};

/** The headings of `permissionRows` after the first. */
export const COLUMNS = Object.keys(HOLDERS);
