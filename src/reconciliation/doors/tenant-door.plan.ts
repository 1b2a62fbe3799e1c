import type { KubernetesObject } from '../../platform/kubernetes/kubernetes-object.js';
import type { TenantRecord } from '../../tenants/tenant-sync.service.js';
import { isDeleting, originOf } from './kept-resource.js';

/** What there is to do about a tenant and its resource. */
export type TenantScene =
  /** Nothing is left of either, or the row goes by itself. */
  | 'nothing'
  /** The resource is missing: it is made, or made again. */
  | 'make'
  /** A resource that nobody knows goes: it is let go. */
  | 'release'
  /** Somebody wants a tenant, or wants it otherwise. */
  | 'take'
  /** The tenant is being deleted, and its resource with it. */
  | 'bury'
  /** Somebody has deleted the resource of a live tenant. */
  | 'deletion';

type Row = Pick<TenantRecord, 'deletedAt'> | null;

interface Case {
  readonly scene: TenantScene;
  readonly row: 'none' | 'live' | 'tombstone';
  readonly resource: 'none' | 'live' | 'deleting';
}

/** Every combination, once. */
export const TENANT_CASES: readonly Case[] = [
  { row: 'none', resource: 'none', scene: 'nothing' },
  { row: 'none', resource: 'live', scene: 'take' },
  { row: 'none', resource: 'deleting', scene: 'release' },
  { row: 'live', resource: 'none', scene: 'make' },
  { row: 'live', resource: 'live', scene: 'take' },
  { row: 'live', resource: 'deleting', scene: 'deletion' },
  { row: 'tombstone', resource: 'none', scene: 'nothing' },
  { row: 'tombstone', resource: 'live', scene: 'bury' },
  { row: 'tombstone', resource: 'deleting', scene: 'bury' },
];

/** Decides what there is to do. Pure. */
export function planTenantDoor(row: Row, live: KubernetesObject | undefined): TenantScene {
  const rowIs = standingOfRow(row);
  const resourceIs = standingOfResource(live);
  const found = TENANT_CASES.find((one) => one.row === rowIs && one.resource === resourceIs);
  return found?.scene ?? 'nothing';
}

function standingOfRow(row: Row): Case['row'] {
  if (row === null) return 'none';
  return row.deletedAt === null ? 'live' : 'tombstone';
}

function standingOfResource(live: KubernetesObject | undefined): Case['resource'] {
  if (live === undefined) return 'none';
  return isDeleting(live) ? 'deleting' : 'live';
}

/**
 * Whether a resource is that of a row, also of one that was deleted: the very object, or one that
 * we made and had not noted yet.
 */
export function belongsTo(
  { resourceUid }: Pick<TenantRecord, 'resourceUid'>,
  live: KubernetesObject,
): boolean {
  if (resourceUid !== null) return live.metadata.uid === resourceUid;
  return originOf(live) === 'api';
}
