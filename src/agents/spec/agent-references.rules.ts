import { listAt, objectAt, textAt } from '../../platform/json/json-object.js';

/** One place in a spec that names another agent. */
export interface AgentReference {
  target: string;
  /** For example `spec.chain.on_complete[0].agent`. */
  path: string;
}

/**
 * The agents that a spec names: the links of its chain, and its tools of type `agent`. These are
 * the references that a node checks at every deploy, or when it starts.
 */
export function referencesOf(document: unknown): AgentReference[] {
  const spec = objectAt(document, 'spec');
  const links = listAt(objectAt(spec, 'chain'), 'on_complete').map((link, index) => ({
    target: textAt(link, 'agent'),
    path: `spec.chain.on_complete[${index}].agent`,
  }));
  const tools = listAt(spec, 'tools').map((tool, index) => ({
    target: textAt(tool, 'type') === 'agent' ? textAt(tool, 'agent') : undefined,
    path: `spec.tools[${index}].agent`,
  }));
  return [...links, ...tools].flatMap(({ target, path }) =>
    target === undefined ? [] : [{ target, path }],
  );
}

/**
 * A cycle that an agent closes with the references of its new spec.
 *
 * @param edgesOf the agents that another agent of the tenant names
 * @returns the names along the cycle, first and last equal to `name`; undefined without one
 */
export function findCycle(
  name: string,
  references: readonly AgentReference[],
  edgesOf: (agent: string) => readonly string[],
): string[] | undefined {
  const visited = new Set<string>();
  const stack: string[][] = references.map(({ target }) => [name, target]).toReversed();
  for (let path = stack.pop(); path !== undefined; path = stack.pop()) {
    const last = path.at(-1) ?? '';
    if (last === name) return path;
    if (visited.has(last)) continue;
    visited.add(last);
    for (const next of edgesOf(last)) stack.push([...path, next]);
  }
  return undefined;
}

type Edges = ReadonlyMap<string, readonly string[]>;

/** An agent and all that it names, directly or through others. */
export function reachable(name: string, edges: Edges): Set<string> {
  const seen = new Set([name]);
  // A set is walked in the order of insertion, what is added on the way included.
  for (const agent of seen) for (const next of edges.get(agent) ?? []) seen.add(next);
  return seen;
}

/** The same edges, each the other way around. */
export function reversed(edges: Edges): Map<string, string[]> {
  const turned = new Map<string, string[]>();
  for (const [from, targets] of edges) {
    for (const to of targets) turned.set(to, [...(turned.get(to) ?? []), from]);
  }
  return turned;
}
