import type { TenantWithResource } from '../../../resources/tenant-resource.js';

/** What is wanted of a tenant, as far as its objects in the cluster follow from it. */
export type TenantWish = TenantWithResource & {
  /** Further networks that its pods may speak to, allowed by an admin. */
  readonly egressCidrs?: readonly string[] | undefined;
  /** Changes with its variables and tells nothing of them; empty without variables. */
  readonly variablesStamp: string;
};
