import { describe, expect, it } from 'vitest';
import { treatmentOf } from './refusal.rules.js';

const actor = {};

describe('a refusal', () => {
  it.each([
    ['GET', 403, 'permission_missing', 'record'],
    ['GET', 404, 'tenant_not_found', 'record'],
    ['DELETE', 404, 'tenant_not_found', 'record'],
    ['GET', 404, 'agent_not_found', 'ignore'],
    ['POST', 409, 'agent_exists', 'record'],
    ['PUT', 412, 'revision_stale', 'record'],
    ['GET', 409, 'odd', 'ignore'],
    ['POST', 400, 'invalid_request', 'ignore'],
    ['POST', 429, 'rate_limited', 'record'],
    ['POST', 401, 'credential_invalid', 'ignore'],
    ['POST', 500, 'internal_error', 'ignore'],
  ])('of a known actor: %s %s %s', (method, status, code, treatment) => {
    expect(treatmentOf({ actor, method, status, code })).toBe(treatment);
  });

  it.each([
    ['POST', 401, 'login_refused', 'count-by-address'],
    ['GET', 401, 'credential_required', 'count-by-address'],
    ['POST', 403, 'registration_closed', 'count-by-address'],
    ['POST', 429, 'rate_limited', 'count-by-address'],
    ['POST', 400, 'invalid_request', 'ignore'],
    ['POST', 409, 'email_taken', 'ignore'],
  ])('of somebody unknown: %s %s %s', (method, status, code, treatment) => {
    expect(treatmentOf({ method, status, code })).toBe(treatment);
  });
});
