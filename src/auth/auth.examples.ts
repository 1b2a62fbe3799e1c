import type { AccountView } from './accounts.schemas.js';
import type { ApiKeyView, CreatedApiKey } from './api-keys.schemas.js';
import type { Identity, SessionView, UserIdentity } from './auth.schemas.js';
import type { SessionEntry } from './me.schemas.js';

// Examples for the documentation; none of them is a real credential.

export const sessionExample: SessionView = {
  accessToken: 'eyJhbGciOiJIUzI1NiIsImtpZCI6IjEifQ.e30.signature',
  refreshToken: 'rt_…',
  expiresIn: 900,
  user: { id: 'usr_01kf3h5d0v8q2m7x4c9b6n1r5t', email: 'ada@example.com', displayName: 'Ada' },
};

export const userIdentityExample: UserIdentity = {
  id: 'usr_01kf3h5d0v8q2m7x4c9b6n1r5t',
  email: 'ada@example.com',
  displayName: 'Ada',
  role: 'user',
  tenants: [{ id: 't_01kf3h5d0v8q2m7x4c9b6n1r5t', displayName: 'Customer care', role: 'owner' }],
  tenantId: 't_01kf3h5d0v8q2m7x4c9b6n1r5t',
};

export const identityExample: Identity = userIdentityExample;

export const accountExample: AccountView = {
  id: 'usr_01kf3h5d0v8q2m7x4c9b6n1r5t',
  email: 'ada@example.com',
  displayName: 'Ada',
  role: 'user',
  disabled: false,
  createdAt: '2026-01-31T09:30:00.000Z',
  updatedAt: '2026-01-31T09:30:00.000Z',
};

export const sessionEntryExample: SessionEntry = {
  id: 'ses_01kf3h5d0v8q2m7x4c9b6n1r5t',
  createdAt: '2026-01-31T09:30:00.000Z',
  lastUsedAt: '2026-01-31T10:00:00.000Z',
  expiresAt: '2026-03-02T10:00:00.000Z',
  current: true,
  userAgent: 'Mozilla/5.0',
  address: '192.0.2.7',
};

const hash = '5c8b7d1f0f6e4c9fb3b5b6a7d7f1b0a5d3a5a8b4c0d3e7f1a2b3c4d5e6f70819';

export const createdApiKeyExample: CreatedApiKey = {
  rawKey: 'nxk_…',
  hash,
  label: 'ci',
  createdAt: '2026-01-31T09:30:00.000Z',
  expiresAt: null,
};

export const apiKeyExample: ApiKeyView = {
  hash,
  label: 'ci',
  createdAt: '2026-01-31T09:30:00.000Z',
  createdBy: 'usr_01kf3h5d0v8q2m7x4c9b6n1r5t',
  expiresAt: null,
  lastUsedAt: '2026-01-31T10:00:00.000Z',
  scopes: ['tenants:read', 'agents:read'],
};
