import type { RawBody } from '../platform/http/body-parsers.js';
import { canonicalJson } from '../platform/json/canonical-json.js';
import { type AgentReference, referencesOf } from './spec/agent-references.rules.js';
import { parseAgentSpec } from './spec/agent-spec.parser.js';
import { validateAgentSpec } from './spec/agent-spec.rules.js';
import { labelsOf, modelOf, nameOf, versionOf } from './spec/agent-summary.rules.js';
import { specInvalid } from './agents.errors.js';

/** A spec that passed every check that needs no database. */
export interface AgentDraft {
  name: string;
  /** Canonical JSON. */
  spec: string;
  version: string | null;
  model: string | null;
  /** JSON object of text. */
  labels: string;
  references: AgentReference[];
  warnings: string[];
}

/** What a sent spec holds, before it is checked. */
export interface SentSpec {
  document: unknown;
  /** `metadata.namespace`, a hint for the choice of the tenant. */
  namespace: string | undefined;
}

/** @throws AppError `invalid_agent_spec` for what cannot be read, `spec_too_large` */
export function readSpec({ bytes, format }: RawBody): SentSpec {
  const document = parseAgentSpec(bytes, format);
  const sent = document as { metadata?: { namespace?: unknown } | null } | null;
  const namespace = sent?.metadata?.namespace;
  return { document, namespace: isNamespace(namespace) ? namespace : undefined };
}

/** Whether it could name a tenant at all; what could not is no hint. */
function isNamespace(value: unknown): value is string {
  return typeof value === 'string' && /^[\w.-]{1,253}$/.test(value);
}

/** @throws AppError `invalid_agent_spec` with every fault */
export function draftAgent(document: unknown): AgentDraft {
  const { issues, warnings } = validateAgentSpec(document);
  if (issues.length > 0) throw specInvalid(issues);
  const spec = document as Record<string, unknown>;
  return {
    name: nameOf(spec) ?? '',
    spec: canonicalJson(spec),
    version: versionOf(spec),
    model: modelOf(spec),
    labels: canonicalJson(labelsOf(spec)),
    references: referencesOf(spec),
    warnings,
  };
}
