import type { PipeTransform } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { createValidationPipe } from './validation.pipe.js';

/** What Nest keeps of one parameter of a handler. */
interface RouteArgument {
  schema?: unknown;
  pipes: readonly PipeTransform[];
}

const VALIDATION = createValidationPipe();

/**
 * Checks the parameters of a route that have a schema. It stands on each route rather than on all of
 * them, because a pipe on all would have every other parameter run through promises as well: who asks,
 * what is said about the tenant.
 */
export function validateArguments(target: object, name: string | symbol): void {
  const { constructor } = target;
  const declared = (Reflect.getMetadata(ROUTE_ARGS_METADATA, constructor, name) ?? {}) as Record<
    string,
    RouteArgument
  >;
  const entries = Object.entries(declared).map(([key, argument]) => [
    key,
    argument.schema === undefined
      ? argument
      : { ...argument, pipes: [VALIDATION, ...argument.pipes] },
  ]);
  Reflect.defineMetadata(ROUTE_ARGS_METADATA, Object.fromEntries(entries), constructor, name);
}
