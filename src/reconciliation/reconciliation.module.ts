import { type DynamicModule, Module } from '@nestjs/common';
import { AgentsModule } from '../agents/agents.module.js';
import { ConfigError } from '../config/config-error.js';
import type { Config } from '../config/load-config.js';
import { NodeAccess } from '../nodes/node-access.js';
import { NodeClient } from '../nodes/node-client.service.js';
import { NodesModule } from '../nodes/nodes.module.js';
import { Clock } from '../platform/clock/clock.js';
import { Logger } from '../platform/logging/logger.js';
import { AgentNode } from './agent/agent-node.js';
import { AgentReconciler } from './agent/agent.reconciler.js';
import { AgentWaker } from './agent-waker.js';
import { Driver } from './drivers/driver.js';
import { Drivers } from './drivers/drivers.js';
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
  static forRoot(config: Config): DynamicModule {
    return {
      module: ReconciliationModule,
      global: true,
      imports: [AgentsModule, NodesModule],
      providers: [
        {
          provide: Driver,
          inject: [NodeClient, Clock, Logger],
          useFactory: (client: NodeClient, clock: Clock, logger: Logger) => {
            const { driver } = config.reconciliation;
            if (driver === 'kubernetes') {
              throw new ConfigError(['NEXUS_DRIVER kubernetes is not in this version']);
            }
            return driver === 'local'
              ? new LocalDriver(config, client, clock, logger)
              : new NoDriver();
          },
        },
        { provide: NodeAccess, useClass: TenantNodeAccess },
        AgentNode,
        AgentReconciler,
        AgentWaker,
        Drivers,
        NodeCheck,
        NodeKnowledgeBase,
        ReconciliationService,
        TenantReconciler,
        TraceReader,
      ],
      exports: [NodeAccess],
    };
  }
}
