import { Module } from '@nestjs/common';
import { AuditRepository } from './audit.repository.js';
import { AuditRetention } from './audit-retention.service.js';
import { AuditRetentionRepository } from './audit-retention.repository.js';
import { AuditTrail } from './audit-trail.service.js';

@Module({
  providers: [AuditRepository, AuditRetention, AuditRetentionRepository, AuditTrail],
  exports: [AuditTrail],
})
export class AuditModule {}
