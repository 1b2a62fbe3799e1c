import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { AgentsModule } from '../agents/agents.module.js';
import type { Config } from '../config/load-config.js';
import { NodeAccess } from '../nodes/node-access.js';
import { NodeClient } from '../nodes/node-client.service.js';
import { NodesModule } from '../nodes/nodes.module.js';
import { ControllerObserver } from '../platform/controller/controller-observer.js';
import { WakeChannel } from '../platform/events/wake-channel.js';
import { Clock } from '../platform/clock/clock.js';
import type { ClusterAccess } from '../platform/kubernetes/cluster-access.js';
import { Logger } from '../platform/logging/logger.js';
import { AgentNode } from './agent/agent-node.js';
import { AgentReconciler } from './agent/agent.reconciler.js';
import { ReferenceGate } from './agent/reference-gate.js';
import { AgentWaker } from './agent-waker.js';
import { AgentDoorServices } from './doors/agent-door.reconciler.js';
import { ClusterDoors } from './doors/cluster-doors.js';
import { Doors, NoDoors } from './doors/doors.js';
import { TenantDoorServices } from './doors/tenant-door.reconciler.js';
import { Driver } from './drivers/driver.js';
import { Drivers } from './drivers/drivers.js';
import { LiveCluster } from './drivers/kubernetes/cluster.js';
import { KubernetesDriver } from './drivers/kubernetes/kubernetes.driver.js';
import { LocalDriver } from './drivers/local/local.driver.js';
import { NoDriver } from './drivers/no-driver.js';
import { NodeKnowledgeBase } from './node-knowledge.js';
import { ReconciliationService } from './reconciliation.service.js';
import { NodeCheck } from './tenant/node-check.js';
import { TenantReconciler } from './tenant/tenant.reconciler.js';
import { TraceReader } from './tenant/trace-reader.js';
import { TenantNodeAccess } from './tenant-node-access.js';

/** The reconcilers and the driver that the configuration names. Provides `NodeAccess`. */
@Module({})
export class ReconciliationModule {
  static forRoot(config: Config, cluster?: ClusterAccess): DynamicModule {
    return {
      module: ReconciliationModule,
      global: true,
      imports: [AgentsModule, NodesModule],
      providers: [
        {
          provide: Driver,
          inject: [NodeClient, Clock, Logger, { token: LiveCluster, optional: true }],
          useFactory: driverOf(config),
        },
        ...(cluster === undefined ? [] : [liveClusterOf(config, cluster)]),
        { provide: NodeAccess, useClass: TenantNodeAccess },
        DOORS,
        AgentDoorServices,
        TenantDoorServices,
        AgentNode,
        AgentReconciler,
        AgentWaker,
        Drivers,
        NodeCheck,
        NodeKnowledgeBase,
        ReconciliationService,
        ReferenceGate,
        TenantReconciler,
        TraceReader,
      ],
      exports: [NodeAccess],
    };
  }
}

/** Resources are a door where tenants live in a cluster. */
const DOORS: Provider = {
  provide: Doors,
  inject: [
    { token: LiveCluster, optional: true },
    TenantDoorServices,
    AgentDoorServices,
    WakeChannel,
    Clock,
    Logger,
    ControllerObserver,
  ],
  useFactory: (
    cluster: LiveCluster | undefined,
    tenants: TenantDoorServices,
    agents: AgentDoorServices,
    wakes: WakeChannel,
    clock: Clock,
    logger: Logger,
    observer: ControllerObserver,
  ): Doors => {
    if (cluster === undefined) return new NoDoors();
    return new ClusterDoors({ cluster, tenants, agents, wakes, clock, logger, observer });
  },
};

function driverOf(config: Config) {
  return (client: NodeClient, clock: Clock, logger: Logger, cluster?: LiveCluster): Driver => {
    if (cluster !== undefined) return new KubernetesDriver(cluster, client, clock, logger);
    if (config.reconciliation.driver === 'local') {
      return new LocalDriver(config, client, clock, logger);
    }
    return new NoDriver();
  };
}

function liveClusterOf({ clusterTenants }: Config, access: ClusterAccess): Provider {
  return {
    provide: LiveCluster,
    inject: [Clock, Logger],
    useFactory: (clock: Clock, logger: Logger) =>
      new LiveCluster(access, clusterTenants, clock, logger),
  };
}
