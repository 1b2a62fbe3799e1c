import type { AuditEntryView } from './audit.schemas.js';

/** An entry for the documentation. */
export const auditEntryExample: AuditEntryView = {
  number: 42,
  at: '2026-01-31T09:30:00.000Z',
  actor: { kind: 'user', id: 'usr_01kf3h4x2m7q9v5c8b1n6r3t0w', label: 'ada@example.com' },
  action: 'agent.created',
  tenantId: 't_01kf3h5d0v8q2m7x4c9b6n1r5t',
  target: 'support-bot',
  outcome: 'done',
  requestId: '7f1c0a52-5d55-4a53-9d53-0d7a3a3b6a11',
  detail: { revision: 1 },
};
