import { type DynamicModule, Module } from '@nestjs/common';
import { AuthConfig } from './auth.config.js';
import { ClusterTenantsConfig } from './cluster-tenants.config.js';
import { DatabaseConfig } from './database.config.js';
import { HttpConfig } from './http.config.js';
import { KubernetesConfig } from './kubernetes.config.js';
import type { Config } from './load-config.js';
import { LoggingConfig } from './logging.config.js';
import { NodesConfig } from './nodes.config.js';
import { ReconciliationConfig } from './reconciliation.config.js';
import { RetentionConfig } from './retention.config.js';
import { Secrets } from './secrets.js';
import { TenantsConfig } from './tenants.config.js';

/** Gives every concern of the configuration to whoever asks for its class. */
@Module({})
export class ConfigModule {
  static forRoot(config: Config): DynamicModule {
    const providers = [
      { provide: HttpConfig, useValue: config.http },
      { provide: DatabaseConfig, useValue: config.database },
      { provide: ReconciliationConfig, useValue: config.reconciliation },
      { provide: NodesConfig, useValue: config.nodes },
      { provide: KubernetesConfig, useValue: config.kubernetes },
      { provide: AuthConfig, useValue: config.auth },
      { provide: TenantsConfig, useValue: config.tenants },
      { provide: ClusterTenantsConfig, useValue: config.clusterTenants },
      { provide: RetentionConfig, useValue: config.retention },
      { provide: LoggingConfig, useValue: config.logging },
      { provide: Secrets, useValue: config.secrets },
    ];
    return { module: ConfigModule, global: true, providers, exports: providers };
  }
}
