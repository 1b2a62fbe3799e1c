import { Module } from '@nestjs/common';
import { RefusalListener } from '../platform/http/refusals.js';
import { AuditController } from './audit.controller.js';
import { AuditQueries } from './audit-queries.service.js';
import { AuditRepository } from './audit.repository.js';
import { AuditRetention } from './audit-retention.service.js';
import { AuditRetentionRepository } from './audit-retention.repository.js';
import { AuditTrail } from './audit-trail.service.js';
import { RefusalAudit } from './refusals.service.js';

/** The record of who did what. */
@Module({
  controllers: [AuditController],
  providers: [
    AuditQueries,
    AuditRepository,
    AuditRetention,
    AuditRetentionRepository,
    AuditTrail,
    { provide: RefusalListener, useClass: RefusalAudit },
  ],
  exports: [AuditTrail, RefusalListener],
})
export class AuditModule {}
