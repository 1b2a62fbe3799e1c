import type { Issue } from '../../platform/errors/app-error.js';
import {
  isJsonObject,
  type JsonObject,
  listAt,
  objectAt,
  textAt,
} from '../../platform/json/json-object.js';

// What a node demands of `spec.chain`. It compiles all chains at every deploy and when it starts, so
// one chain that it refuses keeps a whole tenant down.

const MODES = ['sequential', 'parallel'];
const DEFAULT_MAX_DEPTH = 5;
/** Links of one chain when it is written out; shared agents in layers would grow beyond measure. */
const MOST_LINKS = 500;
const LINKS = 'spec.chain.on_complete';

/** A chain as its agent declares it. */
export interface Chain {
  /** How many agents with chains may follow each other, the first one counted. */
  maxDepth: number;
  /** Names of the agents that run next. */
  targets: string[];
}

/** Every fault of a spec's own chain; none when there is no chain. */
export function chainIssues(document: unknown): Issue[] {
  const chain = objectAt(document, 'spec')['chain'];
  if (chain === undefined || chain === null) return [];
  if (!isJsonObject(chain)) return [{ path: 'spec.chain', message: 'must be an object' }];
  return [...modeIssues(chain), ...depthIssues(chain), ...linkIssues(chain)];
}

/** The chain of a spec that has no fault; undefined when there is none. */
export function chainOf(document: unknown): Chain | undefined {
  const chain = objectAt(document, 'spec')['chain'];
  if (!isJsonObject(chain)) return undefined;
  const depth = chain['max_depth'];
  return {
    maxDepth: typeof depth === 'number' ? depth : DEFAULT_MAX_DEPTH,
    targets: listAt(chain, 'on_complete').map((link) => textAt(link, 'agent') ?? ''),
  };
}

/**
 * Writes the chain of an agent out, as a node does.
 *
 * @param chainOfAgent the chain of any other agent of the tenant
 * @returns why a node would refuse it; undefined when it would not
 */
export function chainRefusal(
  root: string,
  chainOfAgent: (agent: string) => Chain | undefined,
): string | undefined {
  const maxDepth = chainOfAgent(root)?.maxDepth ?? DEFAULT_MAX_DEPTH;
  const stack: string[][] = [[root]];
  let links = 0;
  for (let path = stack.pop(); path !== undefined; path = stack.pop()) {
    const chain = chainOfAgent(path.at(-1) ?? '');
    if (chain === undefined) continue;
    if (path.length > maxDepth)
      return `is deeper than its max_depth of ${maxDepth}: ${path.join(' → ')}`;
    links += chain.targets.length;
    if (links > MOST_LINKS) return `has more than ${MOST_LINKS} links when it is written out`;
    for (const target of chain.targets) stack.push([...path, target]);
  }
  return undefined;
}

function modeIssues(chain: JsonObject): Issue[] {
  const mode = chain['mode'] ?? 'sequential';
  if (MODES.includes(mode as string)) return [];
  return [{ path: 'spec.chain.mode', message: `must be one of: ${MODES.join(', ')}` }];
}

function depthIssues(chain: JsonObject): Issue[] {
  const depth = chain['max_depth'];
  if (depth === undefined || (Number.isInteger(depth) && (depth as number) >= 1)) return [];
  return [{ path: 'spec.chain.max_depth', message: 'must be a whole number of at least 1' }];
}

function linkIssues(chain: JsonObject): Issue[] {
  const links = chain['on_complete'];
  if (!Array.isArray(links) || links.length === 0) {
    return [{ path: LINKS, message: 'must be a list with at least one link' }];
  }
  const defaults = links.filter((link) => isDefault(link)).length;
  return [
    ...links.flatMap((link: unknown, index) => oneLinkIssues(link, `${LINKS}[${index}]`)),
    ...(defaults > 1 ? [{ path: LINKS, message: 'may have one default link, not several' }] : []),
    ...(chain['mode'] === 'parallel' ? siblingIssues(links) : []),
  ];
}

function oneLinkIssues(link: unknown, path: string): Issue[] {
  if (textAt(link, 'agent') === undefined) {
    return [{ path: `${path}.agent`, message: 'is required and must be the name of an agent' }];
  }
  const when = (link as JsonObject)['when'];
  if (when === undefined || when === null) return [];
  if (typeof when !== 'string') return [{ path: `${path}.when`, message: 'must be text' }];
  return isDefault(link)
    ? [{ path: `${path}.when`, message: 'must not stand beside default: true' }]
    : [];
}

/** In parallel every condition is looked at before anything runs, so none may look at a sibling. */
function siblingIssues(links: readonly unknown[]): Issue[] {
  const siblings = links.map((link) => textAt(link, 'agent')).filter((name) => name !== undefined);
  return links.flatMap((link, index) => {
    const when = textAt(link, 'when') ?? '';
    const sibling = siblings.find((name) => when.includes(`steps.${name}`));
    if (sibling === undefined) return [];
    const message = `looks at "${sibling}", which runs beside it; use mode: sequential`;
    return [{ path: `${LINKS}[${index}].when`, message }];
  });
}

function isDefault(link: unknown): boolean {
  return isJsonObject(link) && Boolean(link['default']);
}
