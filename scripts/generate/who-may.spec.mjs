import { expect, it } from 'vitest';
import { COLUMNS, permissionRows, whoMay } from './who-may.mjs';

it.each([
  ['public', 'everybody'],
  ['account:read', 'any credential'],
  ['account:write', 'any person'],
  ['tenants:create', 'any person, admin key'],
  ['tenants:read', 'viewer, key'],
  ['agents:write', 'developer, key'],
  ['keys:write', 'owner, admin key'],
  ['users:write', 'admin, admin key'],
  ['admin-keys:write', 'admin'],
])('%s is for %s', (permission, who) => {
  expect(whoMay(permission)).toBe(who);
});

it('knows no other permission', () => {
  expect(() => whoMay('agents:fly')).toThrow(/agents:fly/);
});

it('tells of every holder of a permission', () => {
  const row = permissionRows().find(([permission]) => permission === 'agents:run');
  const holders = COLUMNS.filter((_name, index) => row[index + 1]);
  expect(holders).toEqual(['developer', 'owner', "a tenant's key", 'admin', 'admin key']);
});
