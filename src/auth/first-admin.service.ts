import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuthConfig } from '../config/auth.config.js';
import { ConfigError } from '../config/config-error.js';
import { ReconciliationConfig } from '../config/reconciliation.config.js';
import { UnitOfWork } from '../platform/database/unit-of-work.js';
import { UsersService } from '../users/users.service.js';
import { Passwords } from './passwords.js';

const PASSWORD_BYTES = 18;

/** The admin of a new installation; `password` only when it was generated. */
export interface FirstAdmin {
  email: string;
  password: string | undefined;
}

/** Creates an admin on an empty database, so that somebody can get in. */
@Injectable()
export class FirstAdminService {
  constructor(
    private readonly users: UsersService,
    private readonly passwords: Passwords,
    private readonly units: UnitOfWork,
    private readonly config: AuthConfig,
    private readonly reconciliation: ReconciliationConfig,
  ) {}

  /**
   * For a server that starts, before anything else does: with a cluster nothing secret is made up,
   * because there is nobody to show it to.
   *
   * @throws ConfigError when the database is empty and no password is set
   */
  async refuseToGenerate(): Promise<void> {
    if (this.reconciliation.driver !== 'kubernetes') return;
    if (this.config.adminPassword !== undefined || !(await this.users.isEmpty())) return;
    throw new ConfigError([
      'NEXUS_ADMIN_PASSWORD must be set when NEXUS_DRIVER is kubernetes and the database is empty: set it, or NEXUS_ADMIN_PASSWORD_FILE, to a password of at least 12 characters for the first admin',
    ]);
  }

  /**
   * @param keep is given a generated password before the account is stored, so that it is never
   *   lost between the two
   * @returns undefined when there are accounts already
   */
  async ensure(keep: (admin: FirstAdmin) => void): Promise<FirstAdmin | undefined> {
    if (!(await this.users.isEmpty())) return undefined;
    const email = this.config.adminEmail.toLowerCase();
    const generated =
      this.config.adminPassword === undefined
        ? randomBytes(PASSWORD_BYTES).toString('base64url')
        : undefined;
    const password = generated ?? this.config.adminPassword ?? '';
    const passwordHash = await this.passwords.hash(password);
    const admin = { email, password: generated };
    return this.units.run(async (tx) => {
      if (!(await this.users.isEmpty(tx))) return undefined;
      keep(admin);
      const actor = { kind: 'system', id: 'start', label: 'first start' } as const;
      const user = { email, displayName: 'Admin', passwordHash, role: 'admin' } as const;
      await this.users.create(tx, user, actor);
      return admin;
    });
  }
}
