import type { TenantWish } from './objects/tenant-wish.js';
import type { NamespaceObject } from './pod.types.js';
import {
  INSTALL_LABEL,
  MANAGED_BY,
  MANAGED_BY_LABEL,
  TENANT_LABEL,
} from '../../resources/resource-names.js';

/** Conditions of a namespace that tell what keeps it from going. */
const REMAINING = /^Namespace(ContentRemaining|FinalizersRemaining|Deletion.*)$/;

/** Whether a namespace is being deleted. */
export function isTerminating({ metadata, status }: NamespaceObject): boolean {
  return metadata.deletionTimestamp !== undefined || status?.phase === 'Terminating';
}

/** What keeps a namespace from going, in Kubernetes' own words. */
export function whyRemaining({ metadata, status }: NamespaceObject): string {
  const reasons = (status?.conditions ?? [])
    .filter(
      ({ type, status: holds, message }) => REMAINING.test(type) && holds === 'True' && message,
    )
    .map(({ message }) => message);
  const text = `The namespace ${metadata.name} is being deleted`;
  return reasons.length === 0 ? `${text}.` : `${text}: ${reasons.join('; ')}`;
}

/**
 * Whether a namespace of the name that we want is ours: it has both labels of this install, which
 * whoever makes one for a tenant beforehand gives it, or those of this very tenant where somebody
 * has changed some of them. Others are never taken.
 */
export function isOurs(
  { metadata: { labels = {} } }: NamespaceObject,
  { id }: Pick<TenantWish, 'id'>,
  installId: string,
): boolean {
  const isOfInstall = labels[INSTALL_LABEL] === installId;
  const isManaged = labels[MANAGED_BY_LABEL] === MANAGED_BY;
  const isOfTenant = labels[TENANT_LABEL] === id;
  return (
    (isOfInstall && (isManaged || isOfTenant)) ||
    (isManaged && isOfTenant && !(INSTALL_LABEL in labels))
  );
}
