import { isAlias, isCollection, isPair, isScalar, type Node, parseAllDocuments } from 'yaml';
import { AppError, type Issue } from '../../platform/errors/app-error.js';
import { BODY_LIMIT_BYTES } from '../../platform/http/body-parsers.js';
import { isJsonObject } from '../../platform/json/json-object.js';
import { DEPTH_LIMIT, isNestedDeeper } from '../../platform/json/nesting.js';
import { findDuplicateKeys } from './agent-spec.text.js';

// Reads the text of an agent spec, strictly: whatever two readers could understand differently is
// refused, because the node reads the document again. The result is plain JSON.

const ALIAS_LIMIT = 50;
const NODE_LIMIT = 50_000;

/**
 * Parses the bytes of a spec.
 *
 * @returns plain JSON: objects, arrays, text, finite numbers, booleans and null
 * @throws AppError `spec_too_large`, `invalid_agent_spec`
 */
export function parseAgentSpec(bytes: Uint8Array, format: 'json' | 'yaml'): unknown {
  if (bytes.byteLength > BODY_LIMIT_BYTES) {
    throw new AppError('too_large', 'spec_too_large', 'An agent spec may have 256 KiB at most.');
  }
  const text = decode(bytes);
  const document = format === 'json' ? parseJson(text) : parseYaml(text);
  const issues: Issue[] = [];
  checkValue(document, '', 1, issues);
  if (issues.length > 0) throw unreadable(issues);
  return document;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw unreadable([{ path: '', message: 'is not valid UTF-8' }]);
  }
}

function parseJson(text: string): unknown {
  if (isNestedDeeper(text, DEPTH_LIMIT)) throw tooDeep();
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw unreadable([{ path: '', message: `is not valid JSON: ${(error as Error).message}` }]);
  }
  const duplicates = findDuplicateKeys(text);
  if (duplicates.length > 0) {
    throw unreadable(duplicates.map((path) => ({ path, message: 'stands twice in its object' })));
  }
  return document;
}

function parseYaml(text: string): unknown {
  if (isNestedDeeper(text, DEPTH_LIMIT) || longestDashRun(text) > DEPTH_LIMIT) throw tooDeep();
  const documents = parse(text);
  const [document] = documents;
  if (document === undefined || documents.length !== 1) {
    throw unreadable([
      { path: '', message: `must be one document, and there are ${documents.length}` },
    ]);
  }
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) {
    const [message = 'cannot be read'] = problem.message.split('\n', 1);
    throw unreadable([{ path: '', message: `is not valid YAML: ${message}` }]);
  }
  const issues: Issue[] = [];
  checkNode(document.contents, '', { nodes: 0, depth: 0 }, issues);
  if (issues.length > 0) throw unreadable(issues);
  try {
    return document.toJS({ maxAliasCount: ALIAS_LIMIT }) as unknown;
  } catch {
    throw unreadable([{ path: '', message: 'has aliases that grow beyond measure' }]);
  }
}

function parse(text: string) {
  try {
    const parsed = parseAllDocuments(text, {
      version: '1.2',
      schema: 'core',
      merge: false,
      uniqueKeys: true,
      strict: true,
      prettyErrors: true,
      logLevel: 'warn',
    });
    return Array.isArray(parsed) ? parsed : [];
  } catch (error) {
    throw unreadable([{ path: '', message: `is not valid YAML: ${(error as Error).message}` }]);
  }
}

/** `- - - - x` nests once a dash. */
function longestDashRun(text: string): number {
  let longest = 0;
  for (const line of text.split('\n')) {
    const run = /^(?:\s*[-?:](?=\s))+/.exec(line)?.[0] ?? '';
    longest = Math.max(longest, run.replace(/\s/g, '').length);
  }
  return longest;
}

interface Budget {
  nodes: number;
  depth: number;
}

/** Refuses what JSON has no word for: tags, keys that are not text, references without end. */
function checkNode(node: unknown, path: string, budget: Budget, issues: Issue[]): void {
  if (++budget.nodes > NODE_LIMIT || budget.depth > DEPTH_LIMIT) {
    if (issues.length === 0) issues.push(...tooDeep().issues);
    return;
  }
  if (isAlias(node) || !isNode(node)) return;
  if (node.tag !== undefined) {
    issues.push({ path, message: `has the tag ${node.tag}; tags are not supported` });
  }
  if (!isCollection(node)) return;
  const deeper = { ...budget, depth: budget.depth + 1 };
  for (const [index, item] of node.items.entries()) {
    if (isPair(item)) checkPair(item, path, deeper, issues);
    else checkNode(item, `${path}[${index}]`, deeper, issues);
  }
  budget.nodes = deeper.nodes;
}

function checkPair(
  pair: { key: unknown; value: unknown },
  path: string,
  budget: Budget,
  issues: Issue[],
): void {
  const key = isScalar(pair.key) ? pair.key.value : undefined;
  if (typeof key !== 'string') {
    const shown = isScalar(pair.key) ? String(pair.key.value) : 'a collection';
    issues.push({ path, message: `has the key ${shown}, which is not text; put it in quotes` });
    return;
  }
  if (key === '<<') issues.push({ path, message: 'has a merge key; write the keys out' });
  checkNode(pair.value, joined(path, key), budget, issues);
}

function isNode(node: unknown): node is Node {
  return isScalar(node) || isCollection(node);
}

/** Refuses values that do not survive JSON, at whatever place. */
function checkValue(value: unknown, path: string, depth: number, issues: Issue[]): void {
  if (depth > DEPTH_LIMIT + 1) {
    if (issues.length === 0) issues.push(...tooDeep().issues);
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => checkValue(item, `${path}[${index}]`, depth + 1, issues));
  } else if (isJsonObject(value)) {
    for (const [key, inner] of Object.entries(value)) {
      if (key === '__proto__') issues.push({ path: joined(path, key), message: 'is not allowed' });
      checkText(key, joined(path, '(key)'), issues);
      checkValue(inner, joined(path, key), depth + 1, issues);
    }
  } else checkScalar(value, path, issues);
}

function checkScalar(value: unknown, path: string, issues: Issue[]): void {
  if (typeof value === 'number') checkNumber(value, path, issues);
  else if (typeof value === 'string') checkText(value, path, issues);
  else if (value !== null && typeof value !== 'boolean') {
    issues.push({ path, message: 'is nothing that JSON can hold' });
  }
}

function checkNumber(value: number, path: string, issues: Issue[]): void {
  if (!Number.isFinite(value)) {
    issues.push({ path, message: 'must be a finite number' });
  } else if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    issues.push({ path, message: 'is beyond ±2⁵³; write it as text' });
  }
}

function checkText(value: string, path: string, issues: Issue[]): void {
  if (!value.isWellFormed()) issues.push({ path, message: 'has a lone surrogate' });
}

function joined(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function tooDeep(): AppError {
  return unreadable([{ path: '', message: `is nested deeper than ${DEPTH_LIMIT} levels` }]);
}

function unreadable(issues: Issue[]): AppError {
  const [first] = issues;
  const where = first?.path === '' ? '' : `${first?.path} `;
  return new AppError(
    'invalid',
    'invalid_agent_spec',
    `The agent spec ${where}${first?.message ?? 'cannot be read'}.`,
    { issues: issues.slice(0, 50) },
  );
}
