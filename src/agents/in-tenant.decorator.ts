import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { ApiOperation, ApiParam } from '@nestjs/swagger';
import type { z } from 'zod';
import { type Handler, inPlaceOf } from '../platform/http/in-place-of.js';
import { openApiSchema } from '../platform/http/openapi-schemas.js';
import { plainSchema } from '../platform/http/text.schemas.js';
import { uncheckedHandler, validateArguments } from '../platform/http/validated-arguments.js';

/** The key under which the description of an operation is kept on its method. */
const OPERATION = 'swagger/apiOperation';

const tenantInPath = plainSchema(253)
  .describe('Id or crName of the tenant.')
  .meta({ example: 't_01kf3h5d0v8q2m7x4c9b6n1r5t' });

interface RouteArgument {
  schema?: z.ZodObject;
}

/**
 * Gives a subclass of a controller the routes of its parent below a tenant: `:id` in the path of
 * the subclass names it. Every operation keeps all that its parent declares; its id ends in
 * `InTenant`.
 */
export function InTenant(parent: { name: string; prototype: object }): ClassDecorator {
  return (target) => {
    const methods = parent.prototype as Record<string, Handler>;
    for (const name of Object.getOwnPropertyNames(methods)) {
      const declared = methods[name];
      if (declared === undefined || !Reflect.hasMetadata(OPERATION, declared)) continue;
      const method = copyOf(declared, name);
      takeTenant(parent, target, name);
      const descriptor: PropertyDescriptor = { value: method };
      validateArguments(target.prototype as object, name, descriptor);
      describeAnew(declared)(target.prototype as object, name, descriptor);
      const schema = openApiSchema(tenantInPath, 'input');
      const { description = '' } = tenantInPath;
      ApiParam({ name: 'id', description, schema })(target.prototype as object, name, descriptor);
      Object.defineProperty(target.prototype, name, { ...descriptor, writable: true });
    }
  };
}

/** A method of its own, so that what is declared on it is not declared on the parent's. */
function copyOf(declared: Handler, name: string): Handler {
  const handler = uncheckedHandler(declared);
  return inPlaceOf(declared, name, function (...values) {
    return handler.apply(this, values);
  });
}

function describeAnew(declared: Handler): MethodDecorator {
  const operation = Reflect.getMetadata(OPERATION, declared) as { operationId: string };
  return ApiOperation({ ...operation, operationId: `${operation.operationId}InTenant` });
}

/** Path parameters are strict: those of the subclass have one more. */
function takeTenant(parent: object, target: object, name: string): void {
  const declared = (Reflect.getMetadata(ROUTE_ARGS_METADATA, parent, name) ?? {}) as Record<
    string,
    RouteArgument
  >;
  const entries = Object.entries(declared).map(([key, argument]) => [
    key,
    isPathParameter(key) && argument.schema !== undefined
      ? { ...argument, schema: argument.schema.extend({ id: tenantInPath }) }
      : argument,
  ]);
  Reflect.defineMetadata(ROUTE_ARGS_METADATA, Object.fromEntries(entries), target, name);
}

/** Keys are `<kind>:<index>`; 5 is the kind of path parameters (`RouteParamtypes.PARAM`). */
function isPathParameter(key: string): boolean {
  return key.startsWith('5:');
}
