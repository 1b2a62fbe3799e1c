/** Holds every answer that a test gets to what the API document says of it. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, afterEach } from 'vitest';
import { DOCUMENT, type Media, routeOf, type Schema } from './document.js';

/** What no operation answers: nothing is there, or nothing for this method. */
const WITHOUT_A_ROUTE = [400, 404, 405, 408, 414, 431, 503];
/** Not operations: the document itself, and the pages that show it. */
const PAGES = /^\/(docs|openapi)/;

const EMPTY = [204, 304];
const ERROR: Media = { schema: { $ref: '#/components/schemas/Error' } };

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
const compiled = new Map<Schema, ValidateFunction>();
const violations: string[] = [];

// The client turns what is thrown below it into an answer, so a test would not see it there.
afterEach(tellViolations);
afterAll(tellViolations);

function tellViolations(): void {
  const found = violations.splice(0);
  if (found.length > 0) throw new Error(`docs/openapi.json says otherwise:\n${found.join('\n')}`);
}

/** As `fetch`; a test that got an answer which the document does not describe fails. */
export async function documentedFetch(
  input: string | URL | Request,
  init?: RequestInit,
): Promise<Response> {
  const request = new Request(input, init);
  const response = await fetch(request);
  const { pathname } = new URL(request.url);
  if (!PAGES.test(pathname)) {
    const faults = await faultsOf(request.method, pathname, response.clone());
    const what = `${request.method} ${pathname} → ${response.status}`;
    violations.push(...faults.map((fault) => `${what}: ${fault}`));
  }
  return response;
}

/** What is wrong with an answer. */
export async function faultsOf(
  method: string,
  path: string,
  response: Response,
): Promise<string[]> {
  const media = contentOf(method, path, response.status);
  if (media === undefined) return ['the document does not have this status'];
  const id = response.headers.has('x-request-id') ? [] : ['it has no X-Request-Id'];
  if (method === 'HEAD') return id;
  return [...id, ...(await bodyFaultsOf(response, media))];
}

/** What the document says of the body by content type; undefined for an undocumented status. */
function contentOf(
  method: string,
  path: string,
  status: number,
): Record<string, Media> | undefined {
  const error = { 'application/json': ERROR };
  const route = routeOf(method, path);
  if (isPreflight(method, status)) return {};
  if (route === undefined) return WITHOUT_A_ROUTE.includes(status) ? error : undefined;
  const documented = route.operation.responses[status];
  return documented === undefined ? undefined : (documented.content ?? {});
}

/** Browsers ask before they call; no document of an API tells of that. */
function isPreflight(method: string, status: number): boolean {
  return method === 'OPTIONS' && status === 204;
}

async function bodyFaultsOf(response: Response, content: Record<string, Media>): Promise<string[]> {
  const type = response.headers.get('content-type')?.split(';', 1)[0]?.trim();
  if (EMPTY.includes(response.status)) {
    return (await response.text()) === '' ? [] : ['it has a body'];
  }
  const media = content[type ?? ''];
  if (media === undefined) return [`the document does not have the content type ${type}`];
  // What goes on has no end to wait for.
  if (type !== 'application/json') return [];
  return schemaFaultsOf(await response.json(), media.schema);
}

function schemaFaultsOf(value: unknown, schema: Schema = {}): string[] {
  let validate = compiled.get(schema);
  if (validate === undefined) {
    validate = ajv.compile({ ...schema, components: DOCUMENT.components });
    compiled.set(schema, validate);
  }
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message, params }) => {
    return `${instancePath || 'the body'} ${message} ${JSON.stringify(params)}`;
  });
}
