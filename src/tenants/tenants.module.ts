import { Global, Module } from '@nestjs/common';
import { TenantScope } from '../access/tenant-scope.js';
import { AuditModule } from '../audit/audit.module.js';
import { UsersModule } from '../users/users.module.js';
import { MemberTenantScope } from './member-tenant-scope.js';
import { TenantsController } from './tenants.controller.js';
import { TenantsRepository } from './tenants.repository.js';
import { TenantSyncService } from './tenant-sync.service.js';
import { TenantsService } from './tenants.service.js';

/** Tenants, their members and quotas. Provides `TenantScope`. */
@Global()
@Module({
  imports: [AuditModule, UsersModule],
  controllers: [TenantsController],
  providers: [
    TenantsRepository,
    TenantsService,
    TenantSyncService,
    { provide: TenantScope, useClass: MemberTenantScope },
  ],
  exports: [TenantsService, TenantSyncService, TenantScope],
})
export class TenantsModule {}
