/** The API document that is committed, as tests look at it. */
import { readFileSync } from 'node:fs';

export interface Schema {
  [keyword: string]: unknown;
}

export interface Media {
  schema?: Schema;
  example?: unknown;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  schema: Schema;
}

export interface Operation {
  operationId: string;
  security?: object[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { content?: Record<string, Media>; headers?: object }>;
}

/** An operation and where it is found. */
export interface Route {
  /** In capitals. */
  method: string;
  /** With its parameters in braces. */
  path: string;
  operation: Operation;
}

interface ApiDocument {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

export const DOCUMENT = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as ApiDocument;

/** Every operation of the document. */
export const ROUTES: readonly Route[] = Object.entries(DOCUMENT.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    method: method.toUpperCase(),
    path,
    operation,
  })),
);

/** Whether an operation answers with a list, which comes in pages. */
export function isList({ operation }: Route): boolean {
  const schema = operation.responses['200']?.content?.['application/json']?.schema;
  return schema?.['type'] === 'array';
}

const PATTERNS = ROUTES.map((route) => ({ route, pattern: patternOf(route.path) })).toSorted(
  (a, b) => parametersIn(a.route.path) - parametersIn(b.route.path),
);

/** The operation that a concrete path belongs to; HEAD is answered as GET is. */
export function routeOf(method: string, path: string): Route | undefined {
  const wanted = method === 'HEAD' ? 'GET' : method;
  const found = PATTERNS.find(({ route, pattern }) => {
    return route.method === wanted && pattern.test(path);
  });
  return found?.route;
}

/** What a schema says, through a reference to a named one. */
export function resolve(schema: Schema): Schema {
  const { $ref } = schema;
  if (typeof $ref !== 'string') return schema;
  const name = $ref.replace('#/components/schemas/', '');
  const { $ref: _replaced, ...beside } = schema;
  return { ...resolve(DOCUMENT.components.schemas[name] ?? {}), ...beside };
}

function parametersIn(path: string): number {
  return path.split('{').length;
}

/** The parameter `path` takes all that follows. */
function patternOf(path: string): RegExp {
  const source = path
    .replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&')
    .replaceAll(/\{path\}$/g, '.+')
    .replaceAll(/\{[^}]+\}/g, '[^/]+');
  return new RegExp(`^${source}/?$`);
}
