import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/actor.js';
import { UnitOfWork } from '../platform/database/unit-of-work.js';
import { type Page, pageOf, readCursor } from '../platform/http/pagination.js';
import { type User, UsersService } from '../users/users.service.js';
import type { AccountView, ListAccountsQuery, PatchAccount } from './accounts.schemas.js';
import { SessionsService } from './sessions.service.js';

/** What admins do with the accounts of others. */
@Injectable()
export class AccountsService {
  constructor(
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly units: UnitOfWork,
  ) {}

  /** Every account, in the order of their creation. */
  async list(_actor: Actor, { limit, cursor }: ListAccountsQuery): Promise<Page<AccountView>> {
    const [after] = readCursor(cursor, 'users', 1) ?? [];
    const rows = await this.users.list(after, limit + 1);
    const page = pageOf(rows, limit, await this.users.count(), ({ id }) => [id]);
    return { ...page, items: page.items.map(accountView) };
  }

  /** @throws AppError `user_not_found` */
  async get(_actor: Actor, id: string): Promise<AccountView> {
    return accountView(await this.users.get(id));
  }

  /**
   * Changes what an account may do. Disabling it ends its sessions for good.
   *
   * @throws AppError `user_not_found`, `last_admin`
   */
  async patch(actor: Actor, id: string, { disabled, role }: PatchAccount): Promise<AccountView> {
    const user = await this.units.run(async (tx) => {
      const changed = await this.users.change(tx, actor, id, { disabled, role });
      if (changed.disabled) await this.sessions.endAll(tx, id);
      return changed;
    });
    return accountView(user);
  }
}

function accountView(user: User): AccountView {
  const { id, email, displayName, disabled, createdAt, updatedAt } = user;
  const role = user.role === 'admin' ? 'admin' : 'user';
  return { id, email, displayName, role, disabled, createdAt, updatedAt };
}
