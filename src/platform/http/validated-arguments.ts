import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { type Handler, inPlaceOf } from './in-place-of.js';
import { checkInput } from './validation.js';

/** What Nest keeps of one parameter of a handler. */
interface RouteArgument {
  index: number;
  schema?: StandardSchemaV1;
}

/** Metadata key of the positions whose arguments a handler checks. */
export const CHECKED = 'nexus:checked';

/** Metadata key of a handler without its checks. */
const UNCHECKED = 'nexus:unchecked';

/**
 * Checks the parameters of a route that have a schema, in their order, right before the handler. The
 * framework's pipes would have each of them run through several promises.
 */
export function validateArguments(
  target: object,
  name: string | symbol,
  descriptor: PropertyDescriptor,
): void {
  const declared = (Reflect.getMetadata(ROUTE_ARGS_METADATA, target.constructor, name) ??
    {}) as Record<string, RouteArgument>;
  const checks = Object.values(declared)
    .flatMap(({ index, schema }) => (schema === undefined ? [] : [{ index, schema }]))
    .sort((a, b) => a.index - b.index);
  if (checks.length === 0) return;
  const handler = descriptor.value as Handler;
  const checked = inPlaceOf(handler, name, function (...values) {
    for (const { index, schema } of checks) values[index] = checkInput(schema, values[index]);
    return handler.apply(this, values);
  });
  const positions = checks.map(({ index }) => index);
  Reflect.defineMetadata(CHECKED, positions, checked);
  Reflect.defineMetadata(UNCHECKED, handler, checked);
  descriptor.value = checked;
}

/** The handler as it was written, for a route that reads its arguments by other schemas. */
export function uncheckedHandler<T extends object>(handler: T): T {
  return (Reflect.getMetadata(UNCHECKED, handler) ?? handler) as T;
}
