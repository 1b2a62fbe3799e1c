/**
 * Turns a registered config into something that can run, with the refusals of an astromesh-node:
 * what it would answer with 400 is `agent_invalid`, what makes it fall over (500, text/plain) is
 * `agent_unbuildable`.
 */
import { AppError } from '../platform/errors/app-error.js';
import { readAgentTools, type AgentTool } from './agent.tools.js';
import { isObject, numberAt, objectAt, textAt, type JsonObject } from './json.js';

const PATTERNS: ReadonlySet<unknown> = new Set([
  'glyph',
  'parallel_fan_out',
  'pipeline',
  'plan_and_execute',
  'react',
  'supervisor',
  'swarm',
]);
const PATTERNS_OF_AGENTS: ReadonlySet<unknown> = new Set(['supervisor', 'swarm']);
const KNOWN_PROVIDERS: ReadonlySet<string> = new Set(['echo', 'ollama', 'openai_compat', 'openai']);
const DEFAULT_TIMEOUT_S = 60;
const LONGEST_TIMEOUT_S = 3600;
const DEFAULT_TURNS = 20;

/** One model to ask: `spec.model.primary` or `spec.model.fallback`. */
export interface ModelBlock {
  provider: string;
  model: string | undefined;
  endpoint: string | undefined;
  /** The environment variable that holds the key. */
  apiKeyEnv: string | undefined;
  timeoutMs: number;
  /** Sampling parameters as the spec names them (`temperature`, `max_tokens`, …). */
  parameters: JsonObject;
}

export interface BuiltAgent {
  name: string;
  /** As the config has it; the API shows it unchanged. */
  version: unknown;
  namespace: unknown;
  system: string;
  /** In the order in which they are tried. */
  models: ModelBlock[];
  /** How many turns a session remembers; 0 for an agent without `memory.conversational`. */
  maxTurns: number;
  /** `orchestration.timeout_seconds` of a whole run. */
  timeoutMs: number | undefined;
}

/**
 * Builds an agent.
 *
 * @throws AppError `agent_invalid` (invalid) or `agent_unbuildable` (internal)
 */
export function buildAgent(config: JsonObject): BuiltAgent {
  const { metadata, spec } = config;
  if (!isObject(metadata) || !isObject(spec)) {
    throw unbuildable('the config has no metadata or no spec');
  }
  const name = textAt(metadata, 'name');
  if (!name) throw unbuildable('the config has no metadata.name');
  const tools = readAgentTools(spec);
  checkPattern(spec, tools);
  return {
    name,
    version: metadata['version'] ?? '0.1.0',
    namespace: metadata['namespace'] ?? 'default',
    system: textAt(objectAt(spec, 'prompts'), 'system') ?? '',
    models: readModels(objectAt(spec, 'model')),
    maxTurns: readTurns(objectAt(spec, 'memory')['conversational']),
    timeoutMs: readRunTimeout(objectAt(spec, 'orchestration')),
  };
}

function checkPattern(spec: JsonObject, tools: readonly AgentTool[]): void {
  const pattern = objectAt(spec, 'orchestration')['pattern'] || 'react';
  const shown = JSON.stringify(pattern);
  const program = spec['program'] ?? null;
  if (program !== null && pattern !== 'glyph') {
    throw invalid(`spec.program needs orchestration.pattern "glyph", not ${shown}`);
  }
  if (program !== null) throw invalid('spec.program: this node cannot compile programs');
  if (!PATTERNS.has(pattern)) {
    throw invalid(`spec.orchestration.pattern ${shown} is none of: ${[...PATTERNS].join(', ')}`);
  }
  if (PATTERNS_OF_AGENTS.has(pattern) && !tools.some((tool) => tool.type === 'agent')) {
    throw invalid(`orchestration.pattern ${shown} needs a tool of type 'agent'`);
  }
}

function readModels(model: JsonObject): ModelBlock[] {
  const candidates = objectAt(model, 'default')['candidates'];
  const blocks = Array.isArray(candidates) ? candidates : [model['primary'], model['fallback']];
  return blocks.flatMap((block: unknown) => {
    const provider = (textAt(block, 'source') ?? textAt(block, 'provider') ?? '').toLowerCase();
    if (!isObject(block) || !KNOWN_PROVIDERS.has(provider.trim())) return [];
    return [readModel(provider.trim(), block)];
  });
}

function readModel(provider: string, block: JsonObject): ModelBlock {
  const seconds = numberAt(block, 'timeout') ?? DEFAULT_TIMEOUT_S;
  const parameters = { ...objectAt(block, 'parameters') };
  for (const key of ['temperature', 'max_tokens']) {
    const shorthand = block[key] ?? undefined;
    if (shorthand !== undefined) parameters[key] ??= shorthand;
  }
  return {
    provider,
    model: textAt(block, 'model'),
    endpoint: textAt(block, 'endpoint'),
    apiKeyEnv: textAt(block, 'api_key_env'),
    timeoutMs: (seconds > 0 ? Math.min(seconds, LONGEST_TIMEOUT_S) : DEFAULT_TIMEOUT_S) * 1000,
    parameters,
  };
}

function readTurns(conversational: unknown): number {
  if (!isObject(conversational)) return 0;
  const turns = numberAt(conversational, 'max_turns') ?? DEFAULT_TURNS;
  return Math.max(1, Math.floor(turns));
}

function readRunTimeout(orchestration: JsonObject): number | undefined {
  const key = 'timeout_seconds' in orchestration ? 'timeout_seconds' : 'timeout';
  if (!(key in orchestration)) return undefined;
  const seconds = numberAt(orchestration, key);
  if (seconds === undefined || seconds <= 0) {
    throw invalid(`orchestration.${key} must be a number of seconds above 0`);
  }
  return seconds * 1000;
}

function invalid(message: string): AppError {
  return new AppError('invalid', 'agent_invalid', message);
}

function unbuildable(message: string): AppError {
  return new AppError('internal', 'agent_unbuildable', message);
}
