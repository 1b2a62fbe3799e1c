/** What a call to a node is, by its method and path; the names in it are left out. */
const OPERATIONS: readonly (readonly [pattern: RegExp, operation: string])[] = [
  [/^GET \/v1\/health$/, 'health'],
  [/^GET \/v1\/system\/status$/, 'status'],
  [/^GET \/v1\/agents$/, 'list'],
  [/^POST \/v1\/agents$/, 'register'],
  [/^GET \/v1\/agents\/[^/]+$/, 'find'],
  [/^DELETE \/v1\/agents\/[^/]+$/, 'remove'],
  [/^POST \/v1\/agents\/[^/]+\/deploy$/, 'deploy'],
  [/^POST \/v1\/agents\/[^/]+\/pause$/, 'pause'],
  [/^POST \/v1\/agents\/[^/]+\/run$/, 'run'],
  [/^GET \/v1\/traces\/?$/, 'traces'],
];

/**
 * Names a call to a node for the metrics: one of a few words, `other` for what is not listed.
 *
 * @param path from the root, with or without a query
 */
export function operationOf(method: string, path: string): string {
  const asked = `${method} ${path.split('?')[0]}`;
  return OPERATIONS.find(([pattern]) => pattern.test(asked))?.[1] ?? 'other';
}
