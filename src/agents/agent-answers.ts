import { cutPage } from '../platform/http/pagination.js';
import { agentText, summaryView } from './agent-view.rules.js';
import type { AgentEntity } from './agent.entity.js';
import type { ListedAgent } from './agents.repository.js';
import type { AgentView } from './agents.schemas.js';

// Bodies of answers, made once for rows that are shown again and again. Rows never change: what was
// read anew are other objects, so an answer is as new as its rows and is forgotten with them.

/** One agent, ready to be sent. */
export interface AgentAnswer {
  revision: number;
  /** `AgentView` as JSON. */
  body: Buffer;
}

interface Shown extends AgentAnswer {
  namespace: string;
  node: AgentView['node'];
}

const shown = new WeakMap<AgentEntity, Shown>();

/** @param node what is known of the tenant's node */
export function agentAnswer(
  row: AgentEntity,
  namespace: string,
  node: AgentView['node'],
): AgentAnswer {
  const known = shown.get(row);
  if (known?.namespace === namespace && isSame(known.node, node)) return known;
  const body = Buffer.from(agentText(row, namespace, node));
  const made = { revision: row.revision, body, namespace, node };
  shown.set(row, made);
  return made;
}

function isSame(a: AgentView['node'], b: AgentView['node']): boolean {
  return a.endpoint === b.endpoint && a.ready === b.ready && a.version === b.version;
}

/** A page of agents, ready to be sent. */
export interface PageAnswer {
  /** `AgentSummary[]` as JSON. */
  body: Buffer;
  /** The position of the last one, when more follow. */
  next: string[] | undefined;
}

interface ShownPage extends PageAnswer {
  namespace: string;
}

const shownPages = new WeakMap<readonly ListedAgent[], ShownPage>();

/**
 * A page of one tenant.
 *
 * @param rows up to `limit + 1`; they are of one query, so they have one limit
 * @param namespace crName of the tenant
 */
export function pageAnswer(
  rows: readonly ListedAgent[],
  limit: number,
  namespace: string,
): PageAnswer {
  const known = shownPages.get(rows);
  if (known?.namespace === namespace) return known;
  const made = { ...newPageAnswer(rows, limit, () => namespace), namespace };
  shownPages.set(rows, made);
  return made;
}

/** A page of any tenants, by what gives the crName of each; made anew. */
export function newPageAnswer(
  rows: readonly ListedAgent[],
  limit: number,
  namespaceOf: (tenantId: string) => string,
): PageAnswer {
  const { items, next } = cutPage(rows, limit, ({ name, id }) => [name, id]);
  const views = items.map((row) => summaryView(row, namespaceOf(row.tenantId)));
  return { body: Buffer.from(JSON.stringify(views)), next };
}
