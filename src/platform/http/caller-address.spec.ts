import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { callerAddress } from './caller-address.js';

const asked = (remoteAddress: string, forwarded?: string): IncomingMessage =>
  ({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  }) as unknown as IncomingMessage;

describe('the address of a caller', () => {
  it('is that of the connection when nobody is trusted', () => {
    expect(callerAddress([])(asked('192.0.2.1', '198.51.100.7'))).toBe('192.0.2.1');
  });

  it('is the rightmost one that is not a trusted proxy', () => {
    const address = callerAddress(['10.0.0.0/8']);
    expect(address(asked('10.0.0.1', '203.0.113.9, 198.51.100.7, 10.0.0.2'))).toBe('198.51.100.7');
    expect(address(asked('192.0.2.1', '198.51.100.7'))).toBe('192.0.2.1');
    expect(address(asked('10.0.0.1'))).toBe('10.0.0.1');
  });
});
