import type { NexusAgent } from '../../../src/reconciliation/resources/nexus-agent.schemas.js';
import type { NexusTenant } from '../../../src/reconciliation/resources/nexus-tenant.schemas.js';
import { conditionOf } from './resources.js';

/**
 * What `kstatus`, with which Flux reads resources, makes of one: its rules for
 * resources that it has no rules of their own for (`sigs.k8s.io/cli-utils`, `pkg/kstatus`).
 */
export function kstatusOf(
  resource: NexusTenant | NexusAgent,
): 'Current' | 'InProgress' | 'Failed' | 'Terminating' {
  const { metadata, status } = resource;
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  const observed = status?.observedGeneration;
  if (observed !== undefined && observed !== metadata.generation) return 'InProgress';
  const is = (type: string, wanted: 'True' | 'False'): boolean =>
    conditionOf(resource, type)?.status === wanted;
  if (is('Reconciling', 'True')) return 'InProgress';
  if (is('Stalled', 'True')) return 'Failed';
  return is('Ready', 'False') ? 'InProgress' : 'Current';
}
