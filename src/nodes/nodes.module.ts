import { Module } from '@nestjs/common';
import { NodeClient } from './node-client.js';

@Module({ providers: [NodeClient], exports: [NodeClient] })
export class NodesModule {}
