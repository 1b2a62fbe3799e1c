import type { KubernetesObject } from '../../../platform/kubernetes/kubernetes-object.js';
import type { WriteOptions } from '../../../platform/kubernetes/kubernetes-api.js';
import { isAlreadyExists } from '../../../platform/kubernetes/kubernetes.errors.js';
import type { Logger } from '../../../platform/logging/logger.js';
import type { GivenVariables } from '../../../tenants/node-variables.service.js';
import type { AppliedObject } from '../../resources/applied-object.js';
import type { NexusTenant } from '../../resources/nexus-tenant.schemas.js';
import {
  NODE_SECRET,
  SECRET_ANNOTATION,
  SECRET_MADE,
  SECRET_OF_BEFORE,
} from '../../resources/resource-names.js';
import { callOf } from './call.js';
import type { LiveCluster } from './cluster.js';
import { NAMESPACE, NEXUS_TENANTS, SECRET } from './cluster-kinds.js';
import { refusalOf } from './cluster-refusal.js';
import { TENANT_MANAGER } from './object-writer.js';
import { nodeSecret } from './objects/node-objects.js';
import type { TenantWish } from './objects/tenant-wish.js';

/** What carries the mark of a tenant's Secret; the namespace is as old as the Secret. */
export interface MarkedObjects {
  readonly resource: KubernetesObject | undefined;
  readonly namespace: KubernetesObject | undefined;
}

/**
 * The Secret of a tenant's variables: made, changed and deleted, never read. That we made it is
 * an annotation on the tenant's resource, and on its namespace, for a resource that is lost and made
 * again; one of its name that somebody else made is used by the node and left alone.
 */
export class VariablesSecret {
  constructor(
    private readonly cluster: LiveCluster,
    private readonly logger: Logger,
  ) {}

  /** Writes the variables as they are now; without any, the Secret goes. */
  async write(wish: TenantWish, variables: GivenVariables, signal?: AbortSignal): Promise<void> {
    const options = { ...callOf(signal), fieldManager: TENANT_MANAGER };
    try {
      if (wish.variablesStamp === '') await this.remove(wish, options);
      else await this.put(wish, variables, options);
    } catch (error) {
      throw refusalOf(error, `write Secret ${NODE_SECRET}`);
    }
  }

  private async put(
    wish: TenantWish,
    { values }: GivenVariables,
    options: WriteOptions,
  ): Promise<void> {
    const { api, settings } = this.cluster;
    const secret = nodeSecret(wish, settings, values);
    const resource = this.resourceOf(wish);
    if (resource === undefined) throw new Error('the resource of the tenant is not there yet');
    if (markOf(resource) !== SECRET_MADE) {
      const isOurs = this.markOfTenant(wish) !== undefined || (await this.isFree(secret, options));
      if (!isOurs) {
        this.logger.log('A Secret of somebody else is used', {
          tenant: wish.id,
          secret: NODE_SECRET,
        });
        return;
      }
      // Before it is made: a stop in between must not make our own look like somebody else's.
      await this.mark(resource, SECRET_MADE, options);
    }
    await api.apply(SECRET, secret, options);
  }

  private async remove(wish: TenantWish, options: WriteOptions): Promise<void> {
    const resource = this.resourceOf(wish);
    if (resource === undefined || this.markOfTenant(wish) !== SECRET_MADE) return;
    await this.cluster.api.delete(SECRET, { namespace: wish.crName, name: NODE_SECRET }, options);
    await this.mark(resource, null, options);
  }

  /** Whether no Secret of the name is there. */
  private async isFree(secret: AppliedObject, options: WriteOptions): Promise<boolean> {
    try {
      await this.cluster.api.create(SECRET, secret, { ...options, dryRun: true });
      return true;
    } catch (error) {
      if (isAlreadyExists(error)) return false;
      throw error;
    }
  }

  private async mark(
    { metadata }: NexusTenant,
    value: string | null,
    options: WriteOptions,
  ): Promise<void> {
    const patch = { metadata: { annotations: { [SECRET_ANNOTATION]: value } } };
    const { api } = this.cluster;
    await api.mergePatch(NAMESPACE, { name: metadata.name }, patch, options);
    await api.mergePatch(NEXUS_TENANTS, metadata, patch, options);
  }

  /** What its resource says, else its namespace, which is as old as the Secret. */
  private markOfTenant(wish: TenantWish): string | undefined {
    const resource = this.resourceOf(wish);
    const namespace = this.cluster.of(NAMESPACE.kind).find({ name: wish.crName });
    return markOf(resource) ?? markOf(namespace);
  }

  private resourceOf({ crName }: TenantWish): NexusTenant | undefined {
    const { tenants, settings } = this.cluster;
    return tenants.store.get({ namespace: settings.namespace, name: crName });
  }
}

/**
 * What is wanted of a tenant whose Secret is that of a record which is lost: while this record has
 * no variables, its node keeps what it was given.
 *
 * @param given what the node was last given, as text
 */
export function keepingSecret(
  wish: TenantWish,
  { resource, namespace }: MarkedObjects,
  given: string,
): TenantWish {
  const isKept = (markOf(resource) ?? markOf(namespace)) === SECRET_OF_BEFORE;
  return isKept && wish.variablesStamp === '' ? { ...wish, variablesStamp: given } : wish;
}

function markOf(object: KubernetesObject | undefined): string | undefined {
  return object?.metadata.annotations?.[SECRET_ANNOTATION];
}
