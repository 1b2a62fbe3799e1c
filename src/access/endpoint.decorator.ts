import { describeEndpoint, type EndpointOptions, type PUBLIC } from '../platform/http/endpoint.js';
import type { Permission } from './permissions.js';

/** A permission, or `public` for routes that take no credential. */
export type Allowance = Permission | typeof PUBLIC;

/** Declares one route: its permission, from the catalogue, and its place in the API document. */
export function Endpoint(options: EndpointOptions<Permission>): MethodDecorator {
  return describeEndpoint(options);
}
