import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { ConfigError } from './config/config-error.js';
import type { Config } from './config/load-config.js';
import type { Clock } from './platform/clock/clock.js';
import type { Lease } from './platform/database/lease.js';
import {
  type AccessOptions,
  type ClusterAccess,
  openCluster,
} from './platform/kubernetes/cluster-access.js';
import { LeaderElection } from './platform/kubernetes/leader-election.js';
import type { Logger } from './platform/logging/logger.js';
import type { Metrics } from './platform/metrics/metrics.js';

const NAME = 'nexus';
/** Which of several servers reconciles. */
const LEASE_NAME = 'nexus-controller';

/** The cluster that tenants live in, and the lease in it. */
export interface StartedCluster {
  access: ClusterAccess;
  lease: Lease;
}

/**
 * Opens the way to the cluster where the driver wants one. The cluster may be away: the server
 * serves without it.
 *
 * @returns undefined for other drivers, which load nothing of it
 * @throws ConfigError when no cluster is named
 */
export async function startCluster(
  { kubernetes, clusterTenants, reconciliation }: Config,
  { clock, logger, metrics }: { clock: Clock; logger: Logger; metrics: Metrics },
  connect?: AccessOptions['connect'],
): Promise<StartedCluster | undefined> {
  if (reconciliation.driver !== 'kubernetes') return undefined;
  const observer = metrics.apiRequests();
  const options = {
    source: kubernetes,
    name: NAME,
    observer,
    deadlineMs: kubernetes.deadlineSeconds * 1000,
    connect,
  };
  const access = await openCluster(options).catch((error: unknown) => {
    throw new ConfigError([`NEXUS_DRIVER=kubernetes: ${(error as Error).message}`]);
  });
  const { namespace } = clusterTenants;
  const identity = `${hostname()}_${randomBytes(6).toString('hex')}`;
  const lease = new LeaderElection(
    { namespace, name: LEASE_NAME, identity },
    { api: access.api, clock, logger },
  );
  return { access, lease };
}
