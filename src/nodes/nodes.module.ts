import { Module } from '@nestjs/common';
import { NodeClient } from './node-client.service.js';

/** The client of an astromesh-node. */
@Module({ providers: [NodeClient], exports: [NodeClient] })
export class NodesModule {}
