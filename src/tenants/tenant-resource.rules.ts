import { z } from 'zod';
import { lineSchema } from '../platform/http/text.schemas.js';
import { QUANTITY, quantityValue } from '../platform/kubernetes-quantity/quantity.js';
import type { TenantEntity } from './tenant.entity.js';
import { DEFAULT_QUOTA } from './tenant.rules.js';
import { NODE_PROFILES } from './tenants.schemas.js';

/** A tenant's resource as the cluster has it; whoever speaks to the cluster reads it. */
export interface TenantResource {
  /** Also its namespace, and the tenant's `crName`. */
  name: string;
  uid: string;
  /** What its annotation says; `cluster` without one. */
  origin: 'api' | 'cluster';
  /** `t_…` of its annotation. */
  tenantId: string | null;
  /** The address of its annotation. */
  owner: string | null;
  /** Who manages its spec. */
  fieldManager: string;
  /** `spec`, as `contracts/kubernetes.md` has it; anything at all. */
  spec: unknown;
}

/** The columns of a tenant that a resource's spec decides. */
export type TenantWish = Pick<
  TenantEntity,
  | 'displayName'
  | 'nodeProfile'
  | 'maxAgents'
  | 'cpu'
  | 'memory'
  | 'suspend'
  | 'deletionProtection'
  | 'pinnedNodeVersion'
>;

const ID = /^t_[0-9a-z]{26}$/;
const quantity = z.string().refine((text) => QUANTITY.test(text) && quantityValue(text) > 0, {
  error: 'must be a quantity above zero',
});

const specSchema = z.object({
  displayName: lineSchema(100).optional(),
  nodeProfile: z.enum(NODE_PROFILES).default('full'),
  resourceQuota: z
    .object({
      maxAgents: z.int().min(0).max(100_000).default(DEFAULT_QUOTA.maxAgents),
      cpu: quantity.default(DEFAULT_QUOTA.cpu),
      memory: quantity.default(DEFAULT_QUOTA.memory),
    })
    .prefault({}),
  suspend: z.boolean().default(false),
  deletionProtection: z.boolean().default(false),
  nodeVersion: z.string().min(1).max(128).nullable().default(null),
});

/** Reads a resource's spec; what is absent is what the API would have given. */
export function wishOf({
  name,
  spec,
}: Pick<TenantResource, 'name' | 'spec'>): { wish: TenantWish } | { refusal: string } {
  const read = specSchema.safeParse(spec ?? {});
  if (!read.success) {
    const [issue] = read.error.issues;
    return { refusal: `spec.${issue?.path.join('.')} ${issue?.message}.` };
  }
  const { displayName = name, resourceQuota, nodeVersion, ...rest } = read.data;
  return { wish: { ...rest, displayName, ...resourceQuota, pinnedNodeVersion: nodeVersion } };
}

/** The id that a resource brings along; undefined when it is none. */
export function idOf({ tenantId }: Pick<TenantResource, 'tenantId'>): string | undefined {
  return tenantId !== null && ID.test(tenantId) ? tenantId : undefined;
}

/**
 * Whether a resource's tenant is a tombstone of an older object of that name: the new one waits
 * until that is gone, and is adopted then.
 */
export function isSuccessor(
  row: Pick<TenantEntity, 'resourceUid'>,
  { uid, origin }: Pick<TenantResource, 'uid' | 'origin'>,
): boolean {
  if (row.resourceUid !== null) return row.resourceUid !== uid;
  // Nothing was noted of its resource: what says that we made it may be that.
  return origin !== 'api';
}

/** Whether the row follows the resource, rather than the other way round. */
export function follows(
  row: Pick<TenantEntity, 'origin'>,
  { origin }: Pick<TenantResource, 'origin'>,
): boolean {
  // While the annotation says `api` the hand-over was not applied yet.
  return row.origin === 'cluster' && origin === 'cluster';
}

/** The columns of the wish that differ. */
export function changedWish(row: TenantEntity, wish: TenantWish): Partial<TenantWish> {
  const keys = Object.keys(wish) as (keyof TenantWish)[];
  return Object.fromEntries(
    keys.filter((key) => row[key] !== wish[key]).map((key) => [key, wish[key]]),
  );
}
