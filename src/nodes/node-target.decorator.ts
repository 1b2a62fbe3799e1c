import { createParamDecorator } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { NodeCall } from './node-pass.service.js';

const MARK = '/node/v1/';

/** What is asked of the node, from the URL as it came: the router has decoded its own. */
export const NodeTarget = createParamDecorator((_data: unknown, context): NodeCall => {
  const { url } = context.switchToHttp().getRequest<FastifyRequest>();
  const [path = '', ...query] = url.split('?');
  return { path: path.slice(path.indexOf(MARK) + MARK.length), query: query.join('?') };
});
