import type { StandardSchemaV1 } from '@standard-schema/spec';
import { AppError, type Issue } from '../errors/app-error.js';

type SchemaIssue = StandardSchemaV1.Issue;

const MOST_ISSUES = 50;

/** Bodies are no deeper than their parser lets them be. */
function unseenFaults(value: unknown, path: PropertyKey[]): Issue[] {
  if (typeof value === 'string') return value.includes('\0') ? [holdsNul(path)] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const here = [...path, Array.isArray(value) ? Number(key) : key];
    if (key === '__proto__') return [{ path: pathText(here), message: 'is not a known key' }];
    if (key.includes('\0')) return [holdsNul(path)];
    return unseenFaults(inner, here);
  });
}

function holdsNul(path: PropertyKey[]): Issue {
  return { path: pathText(path), message: 'must not contain the character NUL' };
}

/**
 * Checks a body, a query or the parameters of a path, and gives what the schema makes of it. Refused is
 * also what no schema sees: a key that could be taken for the prototype, and the character NUL, which
 * databases cannot store.
 *
 * @throws AppError `invalid_request`, with at most 50 issues
 */
export function checkInput(schema: StandardSchemaV1, value: unknown): unknown {
  const unseen = unseenFaults(value, []);
  if (unseen.length > 0) throw invalidRequest(unseen.slice(0, MOST_ISSUES));
  const result = schema['~standard'].validate(value);
  if (result instanceof Promise) throw new Error('A schema of a route answers at once');
  if (result.issues === undefined) return result.value;
  throw invalidRequest(result.issues.slice(0, MOST_ISSUES).flatMap(readIssue));
}

/** The error of an input that breaks its schema. */
export function invalidRequest(issues: readonly Issue[]): AppError {
  const first = issues[0];
  const what =
    first === undefined ? 'it breaks its schema' : `${first.path} ${first.message}`.trim();
  return new AppError('invalid', 'invalid_request', `The request is invalid: ${what}.`, { issues });
}

function readIssue(issue: SchemaIssue): Issue[] {
  const path = pathText(issue.path ?? []);
  const keys = 'keys' in issue && Array.isArray(issue.keys) ? (issue.keys as string[]) : undefined;
  if (keys === undefined) return [{ path, message: issue.message }];
  return keys.map((key) => ({
    path: path === '' ? key : `${path}.${key}`,
    message: 'is not a known key',
  }));
}

/** `['spec', 'tools', 0, 'name']` as `spec.tools[0].name`. */
function pathText(segments: readonly (PropertyKey | StandardSchemaV1.PathSegment)[]): string {
  let path = '';
  for (const segment of segments) {
    const key = typeof segment === 'object' ? segment.key : segment;
    if (typeof key === 'number') path += `[${key}]`;
    else path += path === '' ? String(key) : `.${String(key)}`;
  }
  return path;
}
