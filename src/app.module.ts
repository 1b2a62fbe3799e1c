import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { AccessGuard } from './access/access.guard.js';
import { AgentCallEntity } from './agents/runs/agent-call.entity.js';
import { AgentReferenceEntity } from './agents/agent-reference.entity.js';
import { AgentVersionEntity } from './agents/agent-version.entity.js';
import { AgentEntity } from './agents/agent.entity.js';
import { AgentsModule } from './agents/agents.module.js';
import { TraceCoverageEntity } from './agents/insight/trace-coverage.entity.js';
import { AuditEntryEntity } from './audit/audit-entry.entity.js';
import { AuditModule } from './audit/audit.module.js';
import { ApiKeyEntity } from './auth/api-key.entity.js';
import { AuthModule } from './auth/auth.module.js';
import { RefreshTokenEntity } from './auth/refresh-token.entity.js';
import { SessionEntity } from './auth/session.entity.js';
import { ConfigModule } from './config/config.module.js';
import type { Config } from './config/load-config.js';
import type { Database } from './platform/database/database.js';
import { DatabaseModule } from './platform/database/database.module.js';
import { HealthModule } from './platform/health/health.module.js';
import { ErrorFilter } from './platform/http/error.filter.js';
import { UnreadInputGuard } from './platform/http/unread-input.guard.js';
import type { ClusterAccess } from './platform/kubernetes/cluster-access.js';
import { PlatformModule, type PlatformParts } from './platform/platform.module.js';
import { RateLimitEntity } from './platform/rate-limit/rate-limit.entity.js';
import { RateLimitModule } from './platform/rate-limit/rate-limit.module.js';
import { RetentionModule } from './platform/retention/retention.module.js';
import { ReconciliationModule } from './reconciliation/reconciliation.module.js';
import { ClusterDeletionEntity } from './tenants/cluster-deletion.entity.js';
import { TenantMemberEntity } from './tenants/tenant-member.entity.js';
import { TenantVariableEntity } from './tenants/tenant-variable.entity.js';
import { TenantEntity } from './tenants/tenant.entity.js';
import { TenantsModule } from './tenants/tenants.module.js';
import { UserEntity } from './users/user.entity.js';
import { UsersModule } from './users/users.module.js';

/** Every table of the product. */
export const ENTITIES = [
  AgentCallEntity,
  AgentEntity,
  AgentReferenceEntity,
  AgentVersionEntity,
  ApiKeyEntity,
  AuditEntryEntity,
  ClusterDeletionEntity,
  RateLimitEntity,
  RefreshTokenEntity,
  SessionEntity,
  TenantEntity,
  TenantMemberEntity,
  TenantVariableEntity,
  TraceCoverageEntity,
  UserEntity,
];

/** What the application is put together from. */
export interface AppParts extends PlatformParts {
  config: Config;
  database: Database;
  /** The way to the cluster, where tenants live in one. */
  cluster: ClusterAccess | undefined;
}

/** The features of the product, and what applies to all of them. */
@Module({})
export class AppModule {
  static forRoot({ config, database, cluster, ...platform }: AppParts): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(config),
        DatabaseModule.forRoot(database),
        PlatformModule.forRoot(platform),
        RateLimitModule,
        HealthModule,
        AuditModule,
        RetentionModule,
        UsersModule,
        TenantsModule,
        AuthModule,
        AgentsModule,
        ReconciliationModule.forRoot(config, cluster),
      ],
      providers: [
        { provide: APP_GUARD, useClass: AccessGuard },
        { provide: APP_GUARD, useClass: UnreadInputGuard },
        { provide: APP_FILTER, useClass: ErrorFilter },
      ],
    };
  }
}
