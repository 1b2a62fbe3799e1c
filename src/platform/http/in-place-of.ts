/** A handler of a controller, as its class has it. */
export type Handler = (this: unknown, ...values: unknown[]) => unknown;

/**
 * Lets one function stand for a handler: the framework knows a handler by its name, and by what
 * decorators wrote on it, so both are copied. What is declared on the one from then on is not
 * declared on the other.
 *
 * @param declared the handler that decorators have described
 * @param name what the class calls it
 * @param handler the function that takes its place; a function of its own, as it is changed
 * @returns `handler`
 */
export function inPlaceOf(declared: Handler, name: string | symbol, handler: Handler): Handler {
  Object.defineProperty(handler, 'name', { value: name });
  for (const key of Reflect.getMetadataKeys(declared)) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, declared), handler);
  }
  return handler;
}
