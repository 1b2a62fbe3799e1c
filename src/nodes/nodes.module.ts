import { Module } from '@nestjs/common';
import { TenantsModule } from '../tenants/tenants.module.js';
import { NodeClient } from './node-client.service.js';
import { NodePassController } from './node-pass.controller.js';
import { NodePassService } from './node-pass.service.js';

@Module({
  imports: [TenantsModule],
  controllers: [NodePassController],
  providers: [NodeClient, NodePassService],
  exports: [NodeClient],
})
export class NodesModule {}
