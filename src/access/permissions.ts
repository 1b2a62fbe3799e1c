/**
 * The catalogue of what may be done, `<noun>:<verb>`. Parts of the product add to it; roles and
 * the scopes of keys are lists of these words.
 */
export const PERMISSIONS = [
  'account:read',
  'account:write',
  'tenants:list',
  'tenants:create',
  'tenants:read',
  'tenants:write',
  'tenants:delete',
  'tenants:handover',
  'keys:read',
  'keys:write',
  'members:read',
  'members:write',
  'variables:read',
  'variables:write',
  'audit:read',
  'audit:read-all',
  'agents:read',
  'agents:write',
  'agents:run',
  'users:read',
  'users:write',
  'admin-keys:read',
  'admin-keys:write',
] as const;

export type Permission = (typeof PERMISSIONS)[number];

/** What every credential may do, whatever its role: look at itself. */
export const EVERYBODY: readonly Permission[] = ['account:read', 'tenants:list'];

const VIEWER: readonly Permission[] = [...EVERYBODY, 'tenants:read', 'agents:read'];
const DEVELOPER: readonly Permission[] = [...VIEWER, 'agents:write', 'agents:run'];
const OWNER: readonly Permission[] = [
  ...DEVELOPER,
  'tenants:write',
  'tenants:delete',
  'keys:read',
  'keys:write',
  'members:read',
  'members:write',
  'variables:read',
  'variables:write',
  'audit:read',
];

/** The roles of a tenant's members. */
export const TENANT_ROLES = ['owner', 'developer', 'viewer'] as const;

export type TenantRole = (typeof TENANT_ROLES)[number];

/** What each role may do within its tenant. */
export const ROLE_PERMISSIONS: Readonly<Record<TenantRole, readonly Permission[]>> = {
  owner: OWNER,
  developer: DEVELOPER,
  viewer: VIEWER,
};

/** What the tenant decides that it is done in: looked at where the tenant is known. */
export const TENANT_PERMISSIONS: ReadonlySet<Permission> = new Set(
  OWNER.filter((permission) => !EVERYBODY.includes(permission)),
);

/** What a tenant's key may do at most. */
export const TENANT_KEY_PERMISSIONS: readonly Permission[] = DEVELOPER;

/** What is about the whole installation: for its admins alone, whatever their role in a tenant. */
export const PLATFORM_PERMISSIONS: ReadonlySet<Permission> = new Set([
  'tenants:handover',
  'audit:read-all',
  'users:read',
  'users:write',
  'admin-keys:read',
  'admin-keys:write',
]);

/** What a key cannot do, whatever its scope: act as a person, or make keys like itself. */
const PEOPLE_ONLY: ReadonlySet<Permission> = new Set([
  'account:write',
  'admin-keys:read',
  'admin-keys:write',
]);

/** What an admin-scope key may do: everything but what needs a person. */
export const ADMIN_KEY_PERMISSIONS: readonly Permission[] = PERMISSIONS.filter(
  (permission) => !PEOPLE_ONLY.has(permission),
);
