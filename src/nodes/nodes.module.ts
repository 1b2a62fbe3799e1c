import { Module } from '@nestjs/common';
import { CallObserver } from '../platform/metrics/call-observer.js';
import { Metrics } from '../platform/metrics/metrics.js';
import { TenantsModule } from '../tenants/tenants.module.js';
import { NodeClient } from './node-client.service.js';
import { NodePassController } from './node-pass.controller.js';
import { NodePassService } from './node-pass.service.js';

/** The client of an astromesh-node. */
@Module({
  imports: [TenantsModule],
  controllers: [NodePassController],
  providers: [
    NodeClient,
    NodePassService,
    {
      provide: CallObserver,
      inject: [Metrics],
      useFactory: (metrics: Metrics) => metrics.calls('nexus_node_call', 'calls to nodes'),
    },
  ],
  exports: [NodeClient],
})
export class NodesModule {}
