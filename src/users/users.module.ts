import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { UsersRepository } from './users.repository.js';
import { UsersService } from './users.service.js';

/** Accounts. */
@Module({
  imports: [AuditModule],
  providers: [UsersRepository, UsersService],
  exports: [UsersService],
})
export class UsersModule {}
