import { backup } from './backup.js';
import { check } from './check.js';
import type { Command } from './command.js';
import { confirmDeletions } from './confirm-deletions.js';
import { createAdmin } from './create-admin.js';
import { createKey } from './create-key.js';
import { listUsers } from './list-users.js';
import { migrate } from './migrate.js';
import { resetPassword } from './reset-password.js';
import { restore } from './restore.js';
import { disableUser, enableUser } from './switch-user.js';

/** What `nexus-admin` can do, in the order of its help. */
export const COMMANDS: readonly Command[] = [
  createAdmin,
  resetPassword,
  listUsers,
  disableUser,
  enableUser,
  createKey,
  backup,
  restore,
  migrate,
  check,
  confirmDeletions,
];
