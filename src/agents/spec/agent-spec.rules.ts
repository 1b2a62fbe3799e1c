import type { Issue } from '../../platform/errors/app-error.js';
import { isJsonObject, listAt, objectAt, textAt } from '../../platform/json/json-object.js';
import { chainIssues } from './agent-chain.rules.js';
import {
  KNOWN_KEYS,
  KNOWN_PATTERNS,
  KNOWN_PROVIDERS,
  KNOWN_TOOL_TYPES,
} from './agent-spec.words.js';

// What an agent spec must be, and what is unusual in one (the HTTP contract, Agent spec
// validation). Real templates use keys that the published schema forbids, so only a few rules are
// hard; the rest is said, and kept.

/** RFC 1123, section 2.1, as Kubernetes has it. */
const RFC_1123_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const MOST_FINDINGS = 50;

export interface SpecFindings {
  /** Why the spec is refused; empty for a good one. */
  issues: Issue[];
  /** What is unusual but kept, one line each, path first. */
  warnings: string[];
}

/** Whether an agent can have this name. */
export function isAgentName(name: string): boolean {
  return RFC_1123_LABEL.test(name);
}

/** Checks a parsed document; every fault is reported, not the first alone. */
export function validateAgentSpec(document: unknown): SpecFindings {
  if (!isJsonObject(document)) {
    return { issues: [{ path: '', message: 'must be an object' }], warnings: [] };
  }
  const issues = [
    ...exactly(document['apiVersion'], 'apiVersion', 'astromesh/v1'),
    ...exactly(document['kind'], 'kind', 'Agent'),
    ...metadataIssues(document['metadata']),
    ...(isJsonObject(document['spec']) ? [] : [required('spec', document['spec'], 'an object')]),
    ...modelIssues(objectAt(document, 'spec')['model']),
    ...chainIssues(document),
  ];
  const warnings = issues.length > 0 ? [] : warningsOf(document).slice(0, MOST_FINDINGS);
  return { issues: issues.slice(0, MOST_FINDINGS), warnings };
}

function exactly(value: unknown, path: string, expected: string): Issue[] {
  if (value === expected) return [];
  if (value === undefined) return [{ path, message: `is required and must be "${expected}"` }];
  return [{ path, message: `must be "${expected}"` }];
}

function required(path: string, value: unknown, what: string): Issue {
  const missing = value === undefined || value === null;
  return { path, message: missing ? 'is required' : `must be ${what}` };
}

function metadataIssues(metadata: unknown): Issue[] {
  if (metadata === undefined) return [{ path: 'metadata.name', message: 'is required' }];
  if (!isJsonObject(metadata)) return [{ path: 'metadata', message: 'must be an object' }];
  return [...nameIssues(metadata['name']), ...versionIssues(metadata['version'])];
}

function nameIssues(name: unknown): Issue[] {
  const path = 'metadata.name';
  if (typeof name !== 'string') return [required(path, name, 'text')];
  if (isAgentName(name)) return [];
  return [
    {
      path,
      message:
        'must be an RFC 1123 label: lower-case letters, digits and "-", at most 63, with a letter or digit at both ends',
    },
  ];
}

function versionIssues(version: unknown): Issue[] {
  const path = 'metadata.version';
  if (version === undefined) return [];
  if (typeof version !== 'string') return [{ path, message: 'must be text; put it in quotes' }];
  if (/[\p{Cc}]/u.test(version) || version.length > 253) {
    return [{ path, message: 'must be one line of at most 253 characters' }];
  }
  return [];
}

/** Fields that the definition of the resource declares as objects; absent or `null` is none. */
const DECLARED_MODELS = ['primary', 'fallback'];

function modelIssues(model: unknown): Issue[] {
  const path = 'spec.model';
  return [
    ...objectOrNone(model, path),
    ...DECLARED_MODELS.flatMap((name) =>
      objectOrNone(isJsonObject(model) ? model[name] : undefined, `${path}.${name}`),
    ),
    ...inlineKeys(model, path),
  ];
}

function objectOrNone(value: unknown, path: string): Issue[] {
  const isFine = value === undefined || value === null || isJsonObject(value);
  return isFine ? [] : [required(path, value, 'an object')];
}

/** A model's key does not belong into a spec, at whatever depth. */
function inlineKeys(value: unknown, path: string): Issue[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => inlineKeys(item, `${path}[${index}]`));
  }
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'api_key'
      ? [
          {
            path: `${path}.api_key`,
            message:
              'must not be in the spec; name an environment variable of the node with api_key_env',
          },
        ]
      : inlineKeys(inner, `${path}.${key}`),
  );
}

function warningsOf(document: Record<string, unknown>): string[] {
  const spec = objectAt(document, 'spec');
  return [
    ...KNOWN_KEYS.flatMap(({ path, keys }) => unknownKeys(document, path, keys)),
    ...oddLabels(objectAt(document, 'metadata')['labels']),
    ...unknownProviders(objectAt(spec, 'model'), 'spec.model'),
    ...unknownPattern(spec),
    ...unknownTools(spec),
  ];
}

function unknownKeys(
  document: unknown,
  path: readonly string[],
  keys: ReadonlySet<string>,
): string[] {
  const object = path.reduce<unknown>((value, key) => objectAt(value, key), document);
  return Object.keys(object as object)
    .filter((key) => !keys.has(key))
    .map((key) => `${[...path, key].join('.')} is not a known key`);
}

function oddLabels(labels: unknown): string[] {
  const path = 'metadata.labels';
  if (labels === undefined) return [];
  if (!isJsonObject(labels)) return [`${path} is not an object, and no list is filtered by it`];
  return Object.keys(labels)
    .filter((name) => typeof labels[name] !== 'string')
    .map((name) => `${path}.${name} is not text, and no list is filtered by it`);
}

function unknownProviders(value: unknown, path: string): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => unknownProviders(item, `${path}[${index}]`));
  }
  if (!isJsonObject(value)) return [];
  const provider = textAt(value, 'provider');
  const own =
    provider === undefined || KNOWN_PROVIDERS.has(provider)
      ? []
      : [`${path}.provider "${provider}" is not a known provider`];
  return [
    ...own,
    ...Object.entries(value).flatMap(([key, inner]) => unknownProviders(inner, `${path}.${key}`)),
  ];
}

function unknownPattern(spec: Record<string, unknown>): string[] {
  const pattern = textAt(objectAt(spec, 'orchestration'), 'pattern');
  if (pattern === undefined || KNOWN_PATTERNS.has(pattern)) return [];
  return [`spec.orchestration.pattern "${pattern}" is not a known pattern`];
}

function unknownTools(spec: Record<string, unknown>): string[] {
  return listAt(spec, 'tools').flatMap((tool, index) => {
    const type = textAt(tool, 'type');
    if (type === undefined || KNOWN_TOOL_TYPES.has(type)) return [];
    return [`spec.tools[${index}].type "${type}" is not a known kind of tool`];
  });
}
