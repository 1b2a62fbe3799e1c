import { describe, expect, it } from 'vitest';
import {
  errorOfAnswer,
  isAlreadyExists,
  isConflict,
  isForbidden,
  isGone,
  isInvalid,
  isNamespaceTerminating,
  isNotFound,
  isQuotaRefusal,
  isQuotaUnknown,
  isTransient,
  KubernetesError,
} from './kubernetes.errors.js';

function status(code: number, reason: string, message: string, details: object = {}): string {
  return JSON.stringify({ kind: 'Status', code, reason, message, details });
}

describe('the error of an answer', () => {
  it('says what the server said', () => {
    const causes = [{ reason: 'FieldValueInvalid', message: 'too long', field: 'spec.x' }];
    const error = errorOfAnswer(422, status(422, 'Invalid', 'it is invalid', { causes }));
    expect(error).toMatchObject({
      status: 422,
      reason: 'Invalid',
      message: 'it is invalid',
      causes,
    });
    expect(isInvalid(error)).toBe(true);
    expect(isTransient(error)).toBe(false);
  });

  it('has the reason of its status where the answer is not of the API server', () => {
    const error = errorOfAnswer(503, '<html>no upstream</html>');
    expect(error).toMatchObject({
      reason: 'ServiceUnavailable',
      message: '<html>no upstream</html>',
    });
    expect(isTransient(error)).toBe(true);
  });

  it('knows from the header, else from the body, when to ask again', () => {
    const body = status(429, 'TooManyRequests', 'slow down', { retryAfterSeconds: 3 });
    expect(errorOfAnswer(429, body, '7').retryAfterMs).toBe(7_000);
    expect(errorOfAnswer(429, body).retryAfterMs).toBe(3_000);
    expect(errorOfAnswer(429, 'null').retryAfterMs).toBeUndefined();
    expect(errorOfAnswer(429, '', 'Wed, 21 Oct').retryAfterMs).toBeUndefined();
  });

  it('tells a conflict from what is there already', () => {
    const conflict = errorOfAnswer(409, status(409, 'Conflict', 'changed'));
    const exists = errorOfAnswer(409, status(409, 'AlreadyExists', 'there'));
    expect([isConflict(conflict), isAlreadyExists(conflict)]).toEqual([true, false]);
    expect([isConflict(exists), isAlreadyExists(exists)]).toEqual([false, true]);
  });

  it('tells the refusals of 403 from each other', () => {
    const quota = errorOfAnswer(403, status(403, 'Forbidden', 'x is forbidden: exceeded quota: q'));
    const unknown = errorOfAnswer(403, status(403, 'Forbidden', 'status unknown for quota: q'));
    const causes = [{ reason: 'NamespaceTerminating' }];
    const ending = errorOfAnswer(403, status(403, 'Forbidden', 'is being terminated', { causes }));
    const seen = [quota, unknown, ending].map((error) => [
      isForbidden(error),
      isQuotaRefusal(error),
      isQuotaUnknown(error),
      isNamespaceTerminating(error),
      isTransient(error),
    ]);
    expect(seen).toEqual([
      [true, true, false, false, false],
      [true, false, true, false, true],
      [true, false, false, true, false],
    ]);
  });

  it('is nothing else', () => {
    expect(isNotFound(new Error('no'))).toBe(false);
    expect(isTransient(new Error('no'))).toBe(false);
    expect(isTransient(KubernetesError.fault('Timeout', 'late'))).toBe(true);
    expect(isGone(errorOfAnswer(410, ''))).toBe(true);
  });
});
