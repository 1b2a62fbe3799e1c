import { describe, expect, it } from 'vitest';
import { KubernetesError } from '../../../platform/kubernetes/kubernetes.errors.js';
import { DriverRefusal } from '../driver.js';
import { refusalOf } from './cluster-refusal.js';

const FORBIDDEN = 'Forbidden';

describe('what the cluster refuses', () => {
  it.each([
    [403, FORBIDDEN, 'pods "x" is forbidden: exceeded quota: q, used: pods=1', 'QuotaExceeded'],
    [403, FORBIDDEN, 'x is forbidden: maximum cpu usage per Container is 1', 'LimitRangeExceeded'],
    [403, FORBIDDEN, 'x violates PodSecurity "restricted:latest"', 'PodSecurityViolation'],
    [403, FORBIDDEN, "ValidatingAdmissionPolicy 'p' denied request: no", 'AdmissionDenied'],
    [403, FORBIDDEN, 'User "u" cannot create resource "services"', 'Forbidden'],
    [422, 'Invalid', 'spec.selector: field is immutable', 'Invalid'],
  ])('with %i is told by its reason, and tried again slowly', (status, word, message, reason) => {
    const refusal = refusalOf(new KubernetesError(status, word, message), 'write Service x');
    expect(refusal).toBeInstanceOf(DriverRefusal);
    expect(refusal).toMatchObject({ reason, message: expect.stringContaining(message) });
  });

  it.each([
    new KubernetesError(503, 'ServiceUnavailable', 'later'),
    new KubernetesError(0, 'Timeout', 'no answer'),
    new KubernetesError(409, 'Conflict', 'changed'),
    new KubernetesError(403, FORBIDDEN, 'status unknown for quota: q'),
    new Error('something else'),
  ])('is not that which passes by itself: %s', (error) => {
    expect(refusalOf(error, 'write')).toBe(error);
  });
});
