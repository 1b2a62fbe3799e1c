import { Injectable } from '@nestjs/common';
import { IsNull, MoreThan } from 'typeorm';
import { HotQuery } from '../platform/database/hot-query.js';
import type { Source, Tx } from '../platform/database/unit-of-work.js';
import { ApiKeyEntity } from './api-key.entity.js';

const BY_PREFIX = new HotQuery(ApiKeyEntity, { where: 'prefix = ?' });

/** The place of a key in a list. */
export interface KeyPosition {
  createdAt: string;
  hash: string;
}

/** The rows of API keys. */
@Injectable()
export class ApiKeysRepository {
  async add(tx: Tx, key: ApiKeyEntity): Promise<void> {
    await tx.manager.insert(ApiKeyEntity, key);
  }

  async findByPrefix(source: Source, prefix: string): Promise<readonly ApiKeyEntity[]> {
    return source.all(BY_PREFIX, [prefix]);
  }

  /** The keys of a tenant, or the admin-scope ones, that are not revoked; oldest first. */
  async list(
    source: Source,
    tenantId: string | null,
    after: KeyPosition | undefined,
    limit: number,
  ): Promise<ApiKeyEntity[]> {
    const live = liveOf(tenantId);
    return source.manager.find(ApiKeyEntity, {
      where:
        after === undefined
          ? live
          : [
              { ...live, createdAt: MoreThan(after.createdAt) },
              { ...live, createdAt: after.createdAt, hash: MoreThan(after.hash) },
            ],
      order: { createdAt: 'ASC', hash: 'ASC' },
      take: limit,
    });
  }

  async count(source: Source, tenantId: string | null): Promise<number> {
    return source.manager.countBy(ApiKeyEntity, liveOf(tenantId));
  }

  /** @returns whether there was such a key that was not revoked yet */
  async revoke(tx: Tx, tenantId: string | null, hash: string, revokedAt: string): Promise<boolean> {
    const where = { ...liveOf(tenantId), hash };
    if (!(await tx.manager.existsBy(ApiKeyEntity, where))) return false;
    await tx.manager.update(ApiKeyEntity, where, { revokedAt });
    return true;
  }

  async touch(tx: Tx, hash: string, lastUsedAt: string): Promise<void> {
    await tx.manager.update(ApiKeyEntity, { hash }, { lastUsedAt });
  }

  /** Removes every key of a tenant for good. */
  async purgeTenant(tx: Tx, tenantId: string): Promise<void> {
    await tx.manager.delete(ApiKeyEntity, { tenantId });
  }
}

/** Keys that are not revoked: of one tenant, or of the installation. */
function liveOf(tenantId: string | null) {
  return { tenantId: tenantId ?? IsNull(), revokedAt: IsNull() };
}
