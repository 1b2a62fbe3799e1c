import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { NewAccounts } from './new-accounts.service.js';
import { UsersRepository } from './users.repository.js';
import { UsersService } from './users.service.js';

/** Accounts. */
@Module({
  imports: [AuditModule],
  providers: [NewAccounts, UsersRepository, UsersService],
  exports: [NewAccounts, UsersService],
})
export class UsersModule {}
