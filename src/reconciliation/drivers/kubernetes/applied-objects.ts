import type { ClusterTenantsConfig } from '../../../config/cluster-tenants.config.js';
import type { AppliedObject } from '../../resources/applied-object.js';
import { VARIABLES_ANNOTATION } from '../../resources/resource-names.js';
import { DEPLOYMENT } from './cluster-kinds.js';
import { tenantObjects } from './objects/tenant-objects.js';
import type { TenantWish } from './objects/tenant-wish.js';
import type { DeploymentObject } from './pod.types.js';
import { nodeSettingsHash, SETTINGS_ANNOTATION } from './rollout.js';

/**
 * All that a tenant is made of as it is applied: the node also carries what it was last written
 * with, for those who come after us.
 */
export function appliedObjects(wish: TenantWish, settings: ClusterTenantsConfig): AppliedObject[] {
  return tenantObjects(wish, settings).map((object) =>
    object.kind === DEPLOYMENT.kind ? markedNode(object, wish, settings) : object,
  );
}

/** What the pods of a node were last given, as text; empty for no variables. */
export function variablesGiven(live: DeploymentObject | undefined): string {
  return live?.spec?.template?.metadata?.annotations?.[VARIABLES_ANNOTATION] ?? '';
}

function markedNode(
  node: AppliedObject,
  { variablesStamp }: TenantWish,
  settings: ClusterTenantsConfig,
): AppliedObject {
  const { metadata, spec = {} } = node as AppliedObject & DeploymentObject;
  const { template } = spec;
  const annotations = {
    ...template?.metadata?.annotations,
    // Also where there is none: an annotation that is only left out is not missed by anybody.
    [VARIABLES_ANNOTATION]: variablesStamp,
  };
  return {
    ...node,
    metadata: {
      ...metadata,
      annotations: { ...metadata.annotations, [SETTINGS_ANNOTATION]: nodeSettingsHash(settings) },
    },
    spec: { ...spec, template: { ...template, metadata: { ...template?.metadata, annotations } } },
  };
}
