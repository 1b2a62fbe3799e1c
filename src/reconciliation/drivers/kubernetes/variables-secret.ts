import { isAlreadyExists } from '../../../platform/kubernetes/kubernetes.errors.js';
import type { Logger } from '../../../platform/logging/logger.js';
import type { GivenVariables } from '../../../tenants/node-variables.service.js';
import type { NexusTenant } from '../../resources/nexus-tenant.schemas.js';
import { NODE_SECRET, SECRET_ANNOTATION } from '../../resources/resource-names.js';
import type { LiveCluster } from './cluster.js';
import { NEXUS_TENANTS, SECRET } from './cluster-kinds.js';
import { refusalOf } from './cluster-refusal.js';
import { TENANT_MANAGER } from './object-writer.js';
import { nodeSecret } from './objects/node-objects.js';
import type { TenantWish } from './objects/tenant-wish.js';

const MADE = 'made';

/**
 * The Secret of a tenant's variables: made, changed and deleted, never read. That we made it is
 * an annotation on the tenant's resource; one of its name that somebody else made is used by the
 * node and left alone.
 */
export class VariablesSecret {
  constructor(
    private readonly cluster: LiveCluster,
    private readonly logger: Logger,
  ) {}

  /** Writes the variables as they are now; without any, the Secret goes. */
  async write(wish: TenantWish, variables: GivenVariables): Promise<void> {
    try {
      if (wish.variablesStamp === '') await this.remove(wish);
      else await this.put(wish, variables);
    } catch (error) {
      throw refusalOf(error, `write Secret ${NODE_SECRET}`);
    }
  }

  private async put(wish: TenantWish, { values }: GivenVariables): Promise<void> {
    const { api, settings } = this.cluster;
    const secret = nodeSecret(wish, settings, values);
    const resource = this.resourceOf(wish);
    if (resource === undefined) throw new Error('the resource of the tenant is not there yet');
    if (!isMade(resource)) {
      const isFree = await this.isFree(secret);
      if (!isFree) {
        this.logger.log('A Secret of somebody else is used', {
          tenant: wish.id,
          secret: NODE_SECRET,
        });
        return;
      }
      // Before it is made: a stop in between must not make our own look like somebody else's.
      await this.mark(resource, MADE);
    }
    await api.apply(SECRET, secret, { fieldManager: TENANT_MANAGER });
  }

  private async remove(wish: TenantWish): Promise<void> {
    const resource = this.resourceOf(wish);
    if (resource === undefined || !isMade(resource)) return;
    await this.cluster.api.delete(SECRET, { namespace: wish.crName, name: NODE_SECRET });
    await this.mark(resource, null);
  }

  /** Whether no Secret of the name is there. */
  private async isFree(secret: ReturnType<typeof nodeSecret>): Promise<boolean> {
    try {
      await this.cluster.api.create(SECRET, secret, { dryRun: true, fieldManager: TENANT_MANAGER });
      return true;
    } catch (error) {
      if (isAlreadyExists(error)) return false;
      throw error;
    }
  }

  private async mark({ metadata }: NexusTenant, value: string | null): Promise<void> {
    const patch = { metadata: { annotations: { [SECRET_ANNOTATION]: value } } };
    await this.cluster.api.mergePatch(NEXUS_TENANTS, metadata, patch, {
      fieldManager: TENANT_MANAGER,
    });
  }

  private resourceOf({ crName }: TenantWish): NexusTenant | undefined {
    const { tenants, settings } = this.cluster;
    return tenants.store.get({ namespace: settings.namespace, name: crName });
  }
}

function isMade({ metadata }: NexusTenant): boolean {
  return metadata.annotations?.[SECRET_ANNOTATION] === MADE;
}
