import type { Permission } from './permissions.js';

/** A person with a session. */
export interface UserActor {
  readonly kind: 'user';
  /** `usr_…` */
  readonly id: string;
  /** The email address, for people who read the audit. */
  readonly label: string;
  readonly sessionId: string;
  /** Whether this is an admin of the whole installation. */
  readonly admin: boolean;
}

/** A program with an API key. */
export interface KeyActor {
  readonly kind: 'key';
  /** The hash of the key. */
  readonly id: string;
  readonly label: string;
  /** The tenant that the key belongs to; null for an admin-scope key. */
  readonly tenantId: string | null;
  readonly permissions: readonly Permission[];
}

/** Who is asking: always an argument, always the first. Parts of the product add kinds. */
export type Actor = UserActor | KeyActor;

/** Whether the actor administers the whole installation: a platform admin or an admin-scope key. */
export function isPlatformAdmin(actor: Actor): boolean {
  return actor.kind === 'user' ? actor.admin : actor.tenantId === null;
}
