import { canonicalJson } from '../platform/json/canonical-json.js';
import { isJsonObject, listAt, objectAt } from '../platform/json/json-object.js';
import type { SystemStatus } from '../nodes/node.schemas.js';

/**
 * Whether a node holds exactly a spec. A node adds an empty `spec.skills` to what it has built;
 * that is no difference.
 *
 * @param desired canonical JSON
 * @param config what the node gave back
 */
export function holdsSpec(desired: string, config: unknown): boolean {
  const held = canonicalJson(config);
  if (held === desired) return true;
  const added = withoutEmptySkills(config);
  return added !== undefined && canonicalJson(added) === desired;
}

function withoutEmptySkills(config: unknown): unknown {
  const spec = objectAt(config, 'spec');
  if (!isJsonObject(config) || !('skills' in spec) || listAt(spec, 'skills').length > 0) {
    return undefined;
  }
  const { skills: _added, ...rest } = spec;
  return { ...config, spec: rest };
}

/** Whether a node restarted between two looks at its status: another pid, or a smaller uptime. */
export function hasRestarted(before: SystemStatus, now: SystemStatus): boolean {
  return before.pid !== now.pid || now.uptime_seconds < before.uptime_seconds;
}
