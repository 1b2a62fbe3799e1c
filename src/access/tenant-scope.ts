import type { Tx } from '../platform/database/unit-of-work.js';
import type { Actor } from './actor.js';
import type { Permission } from './permissions.js';

/** What a request says about its tenant, beside the credential. Each may be an id or a crName. */
export interface TenantHints {
  /** The tenant in the path, on routes below `/api/v1/tenants/:id`. */
  readonly path?: string | undefined;
  /** `X-Tenant-ID`. */
  readonly header?: string | undefined;
  /** `metadata.namespace` of a sent spec, `?namespace=`; ignored unless the actor can see it. */
  readonly namespaces?: readonly (string | undefined)[];
  /** Is told which tenant it is, as soon as it is known that the actor belongs there. */
  readonly found?: (tenant: TenantRef) => void;
}

/** A tenant that the actor may work in. */
export interface TenantRef {
  /** `t_…` */
  readonly id: string;
  /** `tenant-<uuid>` */
  readonly crName: string;
}

/**
 * Decides which tenant a request is for, and whether the actor may do there what it asks. For one
 * who may not see it, a foreign tenant and an absent one answer alike.
 */
export abstract class TenantScope {
  /**
   * The tenant named in the path.
   *
   * @param below whether something under the tenant is asked for, rather than the tenant itself
   * @throws AppError 403 or 404 when it is not for this actor, `tenant_mismatch` when the header
   *   names another one
   */
  abstract open(
    actor: Actor,
    idOrName: string,
    permission: Permission,
    options: { below: boolean; hints?: TenantHints; tx?: Tx },
  ): Promise<TenantRef>;

  /**
   * The tenant of a request for something below one: path, header, key, namespace, the only one.
   *
   * @throws AppError `tenant_required` that lists the candidates, 404 for one that is not theirs,
   *   `tenant_mismatch` when path and header name different ones
   */
  abstract choose(actor: Actor, hints: TenantHints, permission: Permission): Promise<TenantRef>;

  /** Every tenant of a list that spans tenants: the chosen one, or `all` for an admin's. */
  abstract chooseMany(
    actor: Actor,
    hints: TenantHints,
    permission: Permission,
  ): Promise<TenantRef | 'all'>;
}
