import { createParamDecorator } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { plainAddress } from '../platform/http/address.rules.js';

const LONGEST_USER_AGENT = 256;

/** Where a request comes from. */
export interface Caller {
  /** As trusted proxies tell it; else of the connection. */
  readonly address: string;
  /** What the program calls itself; anything may stand here. */
  readonly userAgent: string | null;
}

/** The address of a request: the rightmost one that is not a trusted proxy's. */
export function addressOf(request: FastifyRequest): string {
  return plainAddress(request.ip, request.socket.remoteAddress);
}

/** Where the request comes from. */
export const CurrentCaller = createParamDecorator((_data: unknown, context): Caller => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  const userAgent = request.headers['user-agent']?.slice(0, LONGEST_USER_AGENT);
  return {
    address: addressOf(request),
    userAgent: userAgent?.replaceAll(/[^\x20-\x7e]/g, '?') ?? null,
  };
});
