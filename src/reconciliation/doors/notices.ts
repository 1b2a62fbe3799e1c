import type { DoorNotice } from './resource-status.js';

/** What doors say in conditions and Events, by its cause. */
export const NOTICES = {
  /** A spec that the record does not take. */
  refused: ({ reason, message }: { reason: string; message: string }): DoorNotice => ({
    reason,
    message,
    isUnready: true,
    isStalled: true,
  }),
  held: {
    reason: 'DeletionBurst',
    message:
      'Too many tenants were deleted at once. It stays as it is until `nexus-admin confirm-deletions`.',
    isUnready: false,
    isStalled: true,
  },
  blocked: {
    reason: 'DeletionBlocked',
    message: 'It is protected from deletion. It stays as it is until the protection is lifted.',
    isUnready: false,
    isStalled: true,
  },
  predecessor: {
    reason: 'PredecessorDeleting',
    message: 'One of the same name is still being deleted.',
    isUnready: true,
    isStalled: false,
  },
} as const satisfies Record<string, DoorNotice | ((what: never) => DoorNotice)>;
