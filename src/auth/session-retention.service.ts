import { Injectable, type OnModuleInit } from '@nestjs/common';
import { RetentionConfig } from '../config/retention.config.js';
import { Reader } from '../platform/database/unit-of-work.js';
import { daysBefore, Retention } from '../platform/retention/retention.js';
import { SessionRetentionRepository } from './session-retention.repository.js';
import { SESSION_DAYS } from './sessions.service.js';

/**
 * Sessions, their refresh tokens and keys go some time after they are over. A used token is kept
 * as long as it could have been used itself: until then one that comes again ends its session.
 */
@Injectable()
export class SessionRetention implements OnModuleInit {
  constructor(
    private readonly retention: Retention,
    private readonly repository: SessionRetentionRepository,
    private readonly reader: Reader,
    private readonly config: RetentionConfig,
  ) {}

  onModuleInit(): void {
    const { repository, reader, config, retention } = this;
    const longAgo = (now: Date): string => daysBefore(now, config.sessionDays);
    retention.add({
      name: 'used refresh tokens',
      find: (now, most) => repository.tokensUsedBefore(reader, daysBefore(now, SESSION_DAYS), most),
      remove: (tx, hashes) => repository.removeTokens(tx, hashes),
    });
    retention.add({
      name: 'refresh tokens of ended sessions',
      find: (now, most) => repository.tokensOfSessionsBefore(reader, longAgo(now), most),
      remove: (tx, hashes) => repository.removeTokens(tx, hashes),
    });
    retention.add({
      name: 'ended sessions',
      find: (now, most) => repository.sessionsBefore(reader, longAgo(now), most),
      remove: (tx, ids) => repository.removeSessions(tx, ids),
    });
    retention.add({
      name: 'revoked and expired keys',
      find: (now, most) => repository.keysBefore(reader, longAgo(now), most),
      remove: (tx, hashes) => repository.removeKeys(tx, hashes),
    });
  }
}
