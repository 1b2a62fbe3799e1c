import { Injectable } from '@nestjs/common';
import { IsNull } from 'typeorm';
import type { Source, Tx } from '../platform/database/unit-of-work.js';
import { ApiKeyEntity } from './api-key.entity.js';

/** The rows of API keys. */
@Injectable()
export class ApiKeysRepository {
  async add(tx: Tx, key: ApiKeyEntity): Promise<void> {
    await tx.manager.insert(ApiKeyEntity, key);
  }

  async findByPrefix(source: Source, prefix: string): Promise<ApiKeyEntity[]> {
    return source.manager.findBy(ApiKeyEntity, { prefix });
  }

  /** The keys of a tenant that are not revoked, oldest first. */
  async listOfTenant(source: Source, tenantId: string): Promise<ApiKeyEntity[]> {
    return source.manager.find(ApiKeyEntity, {
      where: { tenantId, revokedAt: IsNull() },
      order: { createdAt: 'ASC', hash: 'ASC' },
    });
  }

  /** @returns whether the tenant had such a key that was not revoked yet */
  async revoke(tx: Tx, tenantId: string, hash: string, revokedAt: string): Promise<boolean> {
    const where = { tenantId, hash, revokedAt: IsNull() };
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
