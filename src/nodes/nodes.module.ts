import { Module } from '@nestjs/common';
import { CallObserver } from '../platform/metrics/call-observer.js';
import { Metrics } from '../platform/metrics/metrics.js';
import { NodeClient } from './node-client.service.js';

@Module({
  providers: [
    NodeClient,
    {
      provide: CallObserver,
      inject: [Metrics],
      useFactory: (metrics: Metrics) => metrics.calls('nexus_node_call', 'calls to nodes'),
    },
  ],
  exports: [NodeClient],
})
export class NodesModule {}
