import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/actor.js';
import { ADMIN_KEY_PERMISSIONS } from '../access/permissions.js';
import { UnitOfWork } from '../platform/database/unit-of-work.js';
import type { CreateAdminKey, CreatedApiKey, ListKeysQuery } from './api-keys.schemas.js';
import { ApiKeysService, type KeyPage } from './api-keys.service.js';

/** API keys for the whole installation; the permission keeps everybody but admins out. */
@Injectable()
export class AdminKeysService {
  constructor(
    private readonly keys: ApiKeysService,
    private readonly units: UnitOfWork,
  ) {}

  async create(actor: Actor, { label, expiresIn }: CreateAdminKey): Promise<CreatedApiKey> {
    const input = { label, expiresIn, scopes: ADMIN_KEY_PERMISSIONS };
    return this.units.run((tx) => this.keys.issue(tx, actor, null, input));
  }

  async list(_actor: Actor, query: ListKeysQuery): Promise<KeyPage> {
    return this.keys.page(null, query);
  }

  /** @throws AppError `key_not_found` */
  async revoke(actor: Actor, hash: string): Promise<{ revoked: string }> {
    return this.units.run((tx) => this.keys.end(tx, actor, null, hash));
  }
}
