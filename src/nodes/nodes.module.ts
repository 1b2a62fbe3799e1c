import { Module } from '@nestjs/common';
import { NodeClient } from './node-client.service.js';

@Module({ providers: [NodeClient], exports: [NodeClient] })
export class NodesModule {}
