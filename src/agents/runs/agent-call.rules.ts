import type { RunResult } from '../../nodes/node.schemas.js';
import { isJsonObject, textAt } from '../../platform/json/json-object.js';

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

/** Of a run that left nothing behind. */
export const NO_FACTS: CallFacts = {
  traceId: null,
  model: null,
  tokensIn: 0,
  tokensOut: 0,
  costMicros: 0,
  tools: '[]',
};

/** How far apart a run and the node's trace of it may begin, beyond the run's own length. */
const APART_MS = 1_000;

/** When the node may have begun a run that went through us, ISO-8601. */
export function startsOf({ startedAt, durationMs }: { startedAt: string; durationMs: number }): {
  from: string;
  to: string;
} {
  const startedMs = Date.parse(startedAt);
  return {
    from: new Date(startedMs - APART_MS).toISOString(),
    to: new Date(startedMs + durationMs + APART_MS).toISOString(),
  };
}

const MICROS = 1_000_000;
const MOST = 2 ** 31 - 1;
const MOST_TOOLS = 100;

/** Reads a run's facts; whatever the node left out counts as none. */
export function factsOf({ usage, trace, steps }: RunResult): CallFacts {
  return {
    traceId: trace?.trace_id?.replaceAll('\0', '') ?? null,
    model: usage?.model ?? null,
    tokensIn: whole(numberAt(usage, 'tokens_in')),
    tokensOut: whole(numberAt(usage, 'tokens_out')),
    costMicros: whole(costOf(trace) * MICROS),
    tools: JSON.stringify((steps ?? []).flatMap(toolOf).slice(0, MOST_TOOLS)),
  };
}

/** The costs of all spans of a trace together, in US dollars. */
function costOf(trace: RunResult['trace']): number {
  const spans = trace?.spans ?? [];
  return spans.reduce((sum, { attributes }) => sum + numberAt(attributes, 'cost'), 0);
}

/** A step that calls a tool names it as `action`, `tool` or `tool_name`. */
function toolOf(step: unknown): string[] {
  if (!isJsonObject(step)) return [];
  const name = textAt(step, 'action') ?? textAt(step, 'tool') ?? textAt(step, 'tool_name');
  return name === undefined ? [] : [name.slice(0, 200)];
}

function numberAt(value: Record<string, unknown> | null | undefined, key: string): number {
  const inner = value?.[key];
  return typeof inner === 'number' && Number.isFinite(inner) ? inner : 0;
}

function whole(value: number): number {
  return Math.min(Math.max(0, Math.round(value)), MOST);
}
