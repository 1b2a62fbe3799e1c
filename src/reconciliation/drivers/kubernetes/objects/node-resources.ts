import type { ClusterTenantsConfig } from '../../../../config/cluster-tenants.config.js';
import { quantityValue } from '../../../../platform/kubernetes-quantity/quantity.js';
import type { TenantWish } from './tenant-wish.js';

/** CPU and memory as Kubernetes quantities. */
export interface Amounts {
  cpu: string;
  memory: string;
}

/** The smaller of two amounts, part by part, each as it was written. */
export function smaller(one: Amounts, other: Amounts): Amounts {
  const least = (a: string, b: string) => (quantityValue(a) <= quantityValue(b) ? a : b);
  return { cpu: least(one.cpu, other.cpu), memory: least(one.memory, other.memory) };
}

/**
 * What a tenant's node asks for and what it may use: the quota less the reserve, but never less
 * than the node asks for, and never more than the quota.
 */
export function nodeResources(
  { cpu, memory }: Pick<TenantWish, 'cpu' | 'memory'>,
  { nodeRequests, quotaReserve }: ClusterTenantsConfig,
): { requests: Amounts; limits: Amounts } {
  const requests = smaller(nodeRequests, { cpu, memory });
  const limits = {
    cpu: less(cpu, quotaReserve.cpu, requests.cpu, milli),
    memory: less(memory, quotaReserve.memory, requests.memory, whole),
  };
  return { requests, limits };
}

/** `quota` less `reserve`, at least `floor`; as it was written where nothing is taken off. */
function less(
  quota: string,
  reserve: string,
  floor: string,
  write: (value: number) => string,
): string {
  if (quantityValue(reserve) === 0) return quota;
  const left = quantityValue(quota) - quantityValue(reserve);
  return left <= quantityValue(floor) ? floor : write(left);
}

function milli(cores: number): string {
  return `${Math.floor(Math.round(cores * 1e6) / 1000)}m`;
}

function whole(bytes: number): string {
  return String(Math.floor(bytes));
}
