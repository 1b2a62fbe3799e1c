import { Global, Module } from '@nestjs/common';
import { PassportModule } from '@nestjs/passport';
import { Authenticator } from '../access/authenticator.js';
import { AuditModule } from '../audit/audit.module.js';
import { TenantsModule } from '../tenants/tenants.module.js';
import { UsersModule } from '../users/users.module.js';
import { AccessTokens } from './access-tokens.js';
import { AccountsController } from './accounts.controller.js';
import { AccountsService } from './accounts.service.js';
import { AdminKeysController } from './admin-keys.controller.js';
import { AdminKeysService } from './admin-keys.service.js';
import { AccountAdministration } from './account-administration.service.js';
import { ApiKeyStrategy } from './api-key.strategy.js';
import { ApiKeysController } from './api-keys.controller.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { ApiKeysService } from './api-keys.service.js';
import { AuthController } from './auth.controller.js';
import { AuthService } from './auth.service.js';
import { FirstAdminService } from './first-admin.service.js';
import { JwtStrategy } from './jwt.strategy.js';
import { PassportAuthenticator } from './passport-authenticator.js';
import { LoginLimits } from './login-limits.service.js';
import { MeController } from './me.controller.js';
import { MeService } from './me.service.js';
import { Passwords } from './passwords.js';
import { SessionRetention } from './session-retention.service.js';
import { SessionRetentionRepository } from './session-retention.repository.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';
import { VerifiedCredentials } from './verified-credentials.js';

/**
 * Proves who is asking: accounts, sessions, access tokens and API keys. Provides `Authenticator`.
 */
@Global()
@Module({
  imports: [PassportModule, AuditModule, UsersModule, TenantsModule],
  controllers: [
    AuthController,
    MeController,
    AccountsController,
    ApiKeysController,
    AdminKeysController,
  ],
  providers: [
    AccessTokens,
    AccountsService,
    AdminKeysService,
    AccountAdministration,
    ApiKeysRepository,
    ApiKeysService,
    ApiKeyStrategy,
    AuthService,
    FirstAdminService,
    JwtStrategy,
    LoginLimits,
    MeService,
    Passwords,
    SessionRetention,
    SessionRetentionRepository,
    SessionsRepository,
    SessionsService,
    VerifiedCredentials,
    { provide: Authenticator, useClass: PassportAuthenticator },
  ],
  exports: [AccountAdministration, ApiKeysService, FirstAdminService, Authenticator],
})
export class AuthModule {}
