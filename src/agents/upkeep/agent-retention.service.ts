import { Injectable, type OnModuleInit } from '@nestjs/common';
import { RetentionConfig } from '../../config/retention.config.js';
import { Reader } from '../../platform/database/unit-of-work.js';
import { daysBefore, Retention } from '../../platform/retention/retention.js';
import { AgentRetentionRepository } from './agent-retention.repository.js';

/** Records of runs go by their age, former specs by their number. */
@Injectable()
export class AgentRetention implements OnModuleInit {
  constructor(
    private readonly retention: Retention,
    private readonly repository: AgentRetentionRepository,
    private readonly reader: Reader,
    private readonly config: RetentionConfig,
  ) {}

  onModuleInit(): void {
    const { repository, reader, config } = this;
    this.retention.add({
      name: 'runs',
      find: (now, most) => repository.runsBefore(reader, daysBefore(now, config.runDays), most),
      remove: (tx, ids) => repository.removeRuns(tx, ids),
    });
    this.retention.add({
      name: 'versions',
      find: (_now, most) => repository.versionsBeyond(reader, config.versions, most),
      remove: (tx, keys) => repository.removeVersions(tx, keys),
    });
  }
}
