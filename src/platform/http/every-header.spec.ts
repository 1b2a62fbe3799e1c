import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { everyHeader } from './every-header.js';

const of = (...rawHeaders: string[]) => everyHeader({ rawHeaders } as IncomingMessage);

describe('the headers of a request', () => {
  it('are found however their name was written', () => {
    const headers = of('Host', 'a', 'X-API-KEY', 'nxk_1');
    expect(headers.get('x-api-key')).toBe('nxk_1');
    expect(headers.get('authorization')).toBeUndefined();
  });

  it('have every value that was sent, each once', () => {
    const headers = of('Authorization', 'Bearer a', 'authorization', 'Bearer b', 'Host', 'h');
    expect(headers.get('authorization')).toBe('Bearer a, Bearer b');
    expect(of('Authorization', 'Bearer a', 'AUTHORIZATION', 'Bearer a').get('authorization')).toBe(
      'Bearer a',
    );
  });

  it('are not mistaken for their values', () => {
    expect(of('X-Name', 'x-api-key', 'Other', 'v').get('x-api-key')).toBeUndefined();
  });
});
