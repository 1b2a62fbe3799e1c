import { Injectable, type OnModuleInit } from '@nestjs/common';
import { RetentionConfig } from '../config/retention.config.js';
import { Reader } from '../platform/database/unit-of-work.js';
import { daysBefore, Retention } from '../platform/retention/retention.js';
import { AuditRetentionRepository } from './audit-retention.repository.js';

/** Entries of the audit go by their age alone. */
@Injectable()
export class AuditRetention implements OnModuleInit {
  constructor(
    private readonly retention: Retention,
    private readonly repository: AuditRetentionRepository,
    private readonly reader: Reader,
    private readonly config: RetentionConfig,
  ) {}

  onModuleInit(): void {
    const { repository, reader, config } = this;
    this.retention.add({
      name: 'audit entries',
      find: (now, most) => repository.olderThan(reader, daysBefore(now, config.auditDays), most),
      remove: (tx, numbers) => repository.remove(tx, numbers),
    });
  }
}
