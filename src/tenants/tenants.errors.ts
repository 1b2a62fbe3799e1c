import { AppError } from '../platform/errors/app-error.js';
import type { Quota } from './tenant.rules.js';

/** The same for a foreign and an absent tenant, for those who may not see it. */
export function tenantForbidden(): AppError {
  return new AppError(
    'forbidden',
    'tenant_forbidden',
    'You have no access to this tenant, or it does not exist.',
  );
}

/** As above, when something below the tenant is asked for; also an absent tenant for an admin. */
export function tenantNotFound(): AppError {
  return new AppError('not_found', 'tenant_not_found', 'There is no such tenant that you can see.');
}

/** 400: the path and `X-Tenant-ID` name different tenants. */
export function tenantMismatch(): AppError {
  return new AppError(
    'invalid',
    'tenant_mismatch',
    'The path and X-Tenant-ID name different tenants; drop one of them.',
  );
}

/**
 * 400: nothing in the request says which tenant is meant.
 *
 * @param candidates those that the actor could have meant; they go into the answer
 */
export function tenantRequired(
  candidates: readonly { id: string; displayName: string }[],
): AppError {
  const message =
    candidates.length === 0
      ? 'You have no tenant yet; create one with POST /api/v1/tenants.'
      : 'Say which tenant: send X-Tenant-ID with one of the listed ids.';
  return new AppError('invalid', 'tenant_required', message, { extra: { tenants: candidates } });
}

/**
 * 409: the person owns as many tenants as one may.
 *
 * @param limit how many that is
 */
export function tenantLimit(limit: number): AppError {
  return new AppError(
    'conflict',
    'tenant_limit',
    `You own ${limit} tenants already, which is the most; delete one, or ask an admin.`,
  );
}

/**
 * 403: owners may not set a quota that high; admins may.
 *
 * @param parts the parts of the quota that are too high
 * @param ceiling what owners may set
 */
export function quotaCeiling(parts: readonly string[], ceiling: Quota): AppError {
  return new AppError(
    'forbidden',
    'quota_ceiling',
    `The quota is above what owners may set (${ceiling.maxAgents} agents, ${ceiling.cpu} CPU, ${ceiling.memory}) in: ${parts.join(', ')}; ask an admin.`,
  );
}

/** 409: `deletionProtection` is on. */
export function tenantProtected(): AppError {
  return new AppError(
    'conflict',
    'deletion_protected',
    'The tenant is protected from deletion; set deletionProtection to false first.',
  );
}

/**
 * 409: a tenant of `origin: cluster` is not changed through the API.
 *
 * @param manager who manages its resource; null while nobody was seen to
 */
export function managedByCluster(manager: string | null): AppError {
  const who = manager === null ? 'in the cluster' : `in the cluster by "${manager}"`;
  return new AppError(
    'conflict',
    'managed_by_cluster',
    `The tenant is managed ${who}; change its NexusTenant there, or have an admin hand it over with POST /api/v1/tenants/{id}/origin.`,
    { extra: { fieldManager: manager } },
  );
}

/** 409: there is no cluster that could take the tenant over. */
export function noCluster(): AppError {
  return new AppError(
    'conflict',
    'no_cluster',
    'There is no cluster to hand the tenant over to: NEXUS_DRIVER is not kubernetes.',
  );
}

/** 409: what is being deleted is not changed any more. */
export function tenantDeleting(): AppError {
  return new AppError('conflict', 'tenant_deleting', 'The tenant is being deleted.');
}
