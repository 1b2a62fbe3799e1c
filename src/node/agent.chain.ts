/**
 * `spec.chain` of an agent: which agents run after it. Compiled over all registered agents at
 * every deploy, as an astromesh-node does, so that a missing agent or a cycle shows before a run.
 */
import { AppError } from '../platform/errors/app-error.js';
import { isObject, objectAt, textAt, type JsonObject } from './json.js';

const DEFAULT_INPUT = '{{ output.answer }}';
const DEFAULT_MAX_DEPTH = 5;
/** Links of one expanded chain; layers of shared agents would otherwise grow without end. */
const MAX_LINKS = 500;

export interface ChainLink {
  agent: string;
  /** The query of the linked agent; `{{ output.answer }}` and `{{ trigger.query }}` are filled. */
  input: string;
  /** It has a `when`, which this node does not evaluate. */
  guarded: boolean;
  isDefault: boolean;
  continueOnError: boolean;
}

export interface Chain {
  mode: 'sequential' | 'parallel';
  maxDepth: number;
  links: ChainLink[];
}

/**
 * The chain that a config declares, if any.
 *
 * @throws AppError `chain_invalid` (not_found: a node answers 404 for it)
 */
export function readChain(config: JsonObject): Chain | undefined {
  const raw = objectAt(config, 'spec')['chain'];
  if (!raw) return undefined;
  if (!isObject(raw)) throw chainError('spec.chain must be an object');
  return { mode: readMode(raw), maxDepth: readMaxDepth(raw), links: readLinks(raw) };
}

/**
 * Checks the chain of one agent against all registered configs.
 *
 * @throws AppError `chain_invalid` for a missing agent, a cycle or too deep a chain
 */
export function compileChain(name: string, configs: ReadonlyMap<string, JsonObject>): void {
  const root = readChain(configs.get(name) ?? {});
  if (root) expand(root, [name], { maxDepth: root.maxDepth, left: MAX_LINKS }, configs);
}

/** `compileChain` for every registered agent, in the order of registration. */
export function compileChains(configs: ReadonlyMap<string, JsonObject>): void {
  for (const name of configs.keys()) compileChain(name, configs);
}

function expand(
  chain: Chain,
  path: readonly string[],
  budget: { maxDepth: number; left: number },
  configs: ReadonlyMap<string, JsonObject>,
): void {
  const parent = path.at(-1) ?? '';
  if (path.length > budget.maxDepth) {
    const route = path.join(' -> ');
    throw chainError(`chain of '${path[0]}' is deeper than ${budget.maxDepth}: ${route}`);
  }
  for (const link of chain.links) {
    if (budget.left-- <= 0) throw chainError(`chain of '${path[0]}' has over ${MAX_LINKS} links`);
    const config = configs.get(link.agent);
    if (!config) {
      throw chainError(`agent '${link.agent}', named by the chain of '${parent}', does not exist`);
    }
    const next = [...path, link.agent];
    if (path.includes(link.agent)) {
      throw chainError(`chain of '${path[0]}' has a cycle: ${next.join(' -> ')}`);
    }
    const nested = readChain(config);
    if (nested) expand(nested, next, budget, configs);
  }
}

function readMode(raw: JsonObject): Chain['mode'] {
  const mode = raw['mode'] ?? 'sequential';
  if (mode === 'sequential' || mode === 'parallel') return mode;
  throw chainError("chain.mode must be 'sequential' or 'parallel'");
}

function readMaxDepth(raw: JsonObject): number {
  const depth = raw['max_depth'] ?? DEFAULT_MAX_DEPTH;
  if (typeof depth === 'number' && Number.isInteger(depth) && depth >= 1) return depth;
  throw chainError('chain.max_depth must be a whole number of at least 1');
}

function readLinks(raw: JsonObject): ChainLink[] {
  const list = raw['on_complete'];
  if (!Array.isArray(list) || list.length === 0) {
    throw chainError('chain.on_complete must not be empty');
  }
  const links = list.map((entry: unknown, index) => readLink(entry, index));
  if (links.filter((link) => link.isDefault).length > 1) {
    throw chainError('chain.on_complete has more than one default');
  }
  return links;
}

function readLink(entry: unknown, index: number): ChainLink {
  const agent = textAt(entry, 'agent');
  if (!isObject(entry) || !agent) {
    throw chainError(`chain.on_complete[${index}] names no agent`);
  }
  const isDefault = Boolean(entry['default']);
  const guarded = entry['when'] !== undefined && entry['when'] !== null;
  if (isDefault && guarded) {
    throw chainError(`chain.on_complete[${index}] has both default and when`);
  }
  const input = textAt(entry, 'input') ?? DEFAULT_INPUT;
  return { agent, input, guarded, isDefault, continueOnError: entry['on_error'] === 'continue' };
}

function chainError(message: string): AppError {
  return new AppError('not_found', 'chain_invalid', message);
}
