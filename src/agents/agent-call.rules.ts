import type { RunResult } from '../nodes/node.schemas.js';
import { isJsonObject, textAt } from '../platform/json/json-object.js';

/** What a node's answer tells about the run that gave it. */
export interface CallFacts {
  traceId: string | null;
  model: string | null;
  tokensIn: number;
  tokensOut: number;
  /** Millionths of a US dollar. */
  costMicros: number;
  /** JSON array of tool names, in the order of the calls. */
  tools: string;
}

const MICROS = 1_000_000;
const MOST = 2 ** 31 - 1;
const MOST_TOOLS = 100;

/** Reads a run's facts; whatever the node left out counts as none. */
export function factsOf({ usage, trace, steps }: RunResult): CallFacts {
  const spans = trace?.spans ?? [];
  const cost = spans.reduce((sum, span) => sum + numberAt(span.attributes, 'cost'), 0);
  return {
    traceId: trace?.trace_id ?? null,
    model: usage?.model ?? null,
    tokensIn: whole(usage?.tokens_in ?? 0),
    tokensOut: whole(usage?.tokens_out ?? 0),
    costMicros: whole(cost * MICROS),
    tools: JSON.stringify((steps ?? []).flatMap(toolOf).slice(0, MOST_TOOLS)),
  };
}

/** A step that calls a tool names it as `action`, `tool` or `tool_name`. */
function toolOf(step: unknown): string[] {
  if (!isJsonObject(step)) return [];
  const name = textAt(step, 'action') ?? textAt(step, 'tool') ?? textAt(step, 'tool_name');
  return name === undefined ? [] : [name.slice(0, 200)];
}

function numberAt(value: Record<string, unknown> | undefined, key: string): number {
  const inner = value?.[key];
  return typeof inner === 'number' && Number.isFinite(inner) ? inner : 0;
}

function whole(value: number): number {
  return Math.min(Math.max(0, Math.round(value)), MOST);
}
