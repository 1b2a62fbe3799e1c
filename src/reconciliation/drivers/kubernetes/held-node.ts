import type { AppliedObject } from '../../resources/applied-object.js';
import type { DeploymentObject } from './pod.types.js';
import { SETTINGS_ANNOTATION } from './rollout.js';

/**
 * A node that may not be replaced just now, as it is applied meanwhile: its pods as they were, all
 * else as it is wanted. So what somebody changes is put right, and no pod gets new settings.
 *
 * @param applied the node as it is wanted
 * @param before the node when it began to wait
 */
export function heldNode(applied: AppliedObject, before: DeploymentObject): AppliedObject {
  const { metadata, spec } = applied as AppliedObject & DeploymentObject;
  const { [SETTINGS_ANNOTATION]: _, ...annotations } = metadata.annotations ?? {};
  const settings = before.metadata.annotations?.[SETTINGS_ANNOTATION];
  return {
    ...applied,
    metadata: {
      ...metadata,
      annotations:
        settings === undefined ? annotations : { ...annotations, [SETTINGS_ANNOTATION]: settings },
    },
    spec: { ...spec, template: before.spec?.template },
  };
}
