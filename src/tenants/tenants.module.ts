import { Global, Module } from '@nestjs/common';
import { TenantScope } from '../access/tenant-scope.js';
import { AuditModule } from '../audit/audit.module.js';
import { UsersModule } from '../users/users.module.js';
import { ClusterDeletionsRepository } from './cluster-deletions.repository.js';
import { MembersController } from './members.controller.js';
import { MembersRepository } from './members.repository.js';
import { MembersService } from './members.service.js';
import { MemberTenantScope } from './member-tenant-scope.js';
import { NodeVariables } from './node-variables.service.js';
import { TenantAdoption } from './tenant-adoption.service.js';
import { TenantChanges } from './tenant-changes.service.js';
import { TenantDeletions } from './tenant-deletions.service.js';
import { TenantHandOver } from './tenant-handover.service.js';
import { TenantOwners } from './tenant-owners.service.js';
import { TenantsController } from './tenants.controller.js';
import { TenantsRepository } from './tenants.repository.js';
import { TenantSyncService } from './tenant-sync.service.js';
import { TenantsService } from './tenants.service.js';
import { VariableIntegrity } from './variable-integrity.service.js';
import { VariablesController } from './variables.controller.js';
import { VariablesRepository } from './variables.repository.js';
import { VariablesService } from './variables.service.js';

/** Tenants, their members and quotas. Provides `TenantScope`. */
@Global()
@Module({
  imports: [AuditModule, UsersModule],
  controllers: [TenantsController, MembersController, VariablesController],
  providers: [
    MembersRepository,
    MembersService,
    ClusterDeletionsRepository,
    NodeVariables,
    TenantAdoption,
    TenantChanges,
    TenantDeletions,
    TenantHandOver,
    TenantOwners,
    TenantsRepository,
    TenantsService,
    TenantSyncService,
    VariableIntegrity,
    VariablesRepository,
    VariablesService,
    { provide: TenantScope, useClass: MemberTenantScope },
  ],
  exports: [
    NodeVariables,
    TenantAdoption,
    TenantChanges,
    TenantDeletions,
    TenantOwners,
    TenantsService,
    TenantSyncService,
    TenantScope,
    VariablesService,
  ],
})
export class TenantsModule {}
