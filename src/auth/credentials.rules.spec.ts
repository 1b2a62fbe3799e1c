import { describe, expect, it } from 'vitest';
import { presentedCredential } from './credentials.rules.js';

const present = (headers: Record<string, string>) =>
  presentedCredential({
    method: 'GET',
    url: '/',
    host: 'h',
    address: '::1',
    headers: new Map(Object.entries(headers)),
  });

describe('the credential of a request', () => {
  it.each([
    [{}, undefined],
    [{ authorization: 'Bearer abc' }, { kind: 'jwt', value: 'abc' }],
    [{ authorization: 'bearer  abc ' }, { kind: 'jwt', value: 'abc' }],
    [{ authorization: 'Bearer nxk_1' }, { kind: 'api-key', value: 'nxk_1' }],
    [{ 'x-api-key': 'nxk_1' }, { kind: 'api-key', value: 'nxk_1' }],
    [
      { 'x-api-key': 'nxk_1', authorization: 'Bearer nxk_1' },
      { kind: 'api-key', value: 'nxk_1' },
    ],
  ])('of %j is %j', (headers, credential) => {
    expect(present(headers)).toEqual(credential);
  });

  it.each([
    [{ 'x-api-key': 'nxk_1', authorization: 'Bearer abc' }, 'ambiguous_credentials'],
    [{ 'x-api-key': 'nxk_1', authorization: 'Bearer nxk_2' }, 'ambiguous_credentials'],
    [{ 'x-api-key': 'nxk_1', authorization: 'Basic abc' }, 'ambiguous_credentials'],
    [{ authorization: 'Bearer abc, Bearer def' }, 'ambiguous_credentials'],
    [{ authorization: 'Basic abc, Bearer def' }, 'ambiguous_credentials'],
    [{ 'x-api-key': 'nxk_1, nxk_2' }, 'ambiguous_credentials'],
    [{ authorization: 'Digest a="b", c="d"' }, 'credential_invalid'],
    [{ authorization: 'Basic abc' }, 'credential_invalid'],
    [{ authorization: 'Bearer' }, 'credential_invalid'],
    [{ authorization: 'Bearer a b' }, 'credential_invalid'],
  ])('of %j is refused: %s', (headers, code) => {
    expect(() => present(headers)).toThrow(expect.objectContaining({ code }));
  });
});
