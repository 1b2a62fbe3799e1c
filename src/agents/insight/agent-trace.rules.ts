import { z } from 'zod';
import { textAt } from '../../platform/json/json-object.js';
import { type CallFacts, factsOf } from '../runs/agent-call.rules.js';

// Traces of a node (the node's API contract, GET /v1/traces/) as records of runs.

/** No database takes it as text. */
const NO_NUL = /^[^\0]*$/;

const spanSchema = z.looseObject({
  name: z.string(),
  parent_span_id: z.string().nullish(),
  status: z.string().optional(),
  attributes: z.record(z.string(), z.unknown()).default({}),
  /** Seconds since 1970. */
  start_time: z.number().min(0).max(8.64e12),
  duration_ms: z.number().min(0).nullish(),
});

const traceSchema = z.looseObject({
  trace_id: z.string().min(1).max(200).regex(NO_NUL),
  agent: z.string(),
  session_id: z.string().regex(NO_NUL).nullish(),
  spans: z.array(spanSchema).min(1),
});

/** The node's name for runs without a session. */
const DEFAULT_SESSION = 'default';
const MOST_MS = 2 ** 31 - 1;
const TOOL_SPAN = /^tool(?:s|_call)?[.:_](.+)$/;

/** A run as its trace tells it. */
export interface TracedRun extends CallFacts {
  traceId: string;
  /** Name of the agent. */
  agent: string;
  sessionId: string | null;
  /** ISO-8601 UTC, as is `endedAt`. */
  startedAt: string;
  endedAt: string;
  durationMs: number;
  outcome: 'completed' | 'failed';
  error: string | null;
}

/** Reads one trace; undefined for what is none. */
export function readTrace(value: unknown): TracedRun | undefined {
  const { data } = traceSchema.safeParse(value);
  const root = data?.spans[0];
  if (data === undefined || root === undefined) return undefined;
  const { trace_id: traceId, agent, session_id: session } = data;
  const sessionId = session === DEFAULT_SESSION ? null : (session ?? null);
  return { ...factsIn(data), ...courseOf(root), traceId, agent, sessionId };
}

type Trace = z.output<typeof traceSchema>;

/** When it ran, and how it ended. */
function courseOf(root: Trace['spans'][number]) {
  const startedMs = root.start_time * 1000;
  const durationMs = Math.min(Math.round(root.duration_ms ?? 0), MOST_MS);
  const failed = root.status === 'error';
  const reason = failed ? textIn(root.attributes['error_message']) : undefined;
  return {
    startedAt: new Date(startedMs).toISOString(),
    endedAt: new Date(startedMs + durationMs).toISOString(),
    durationMs,
    outcome: failed ? ('failed' as const) : ('completed' as const),
    error: reason?.slice(0, 500) ?? null,
  };
}

/** What its spans add up to. */
function factsIn({ trace_id, spans }: Trace): CallFacts {
  const sum = (key: string): number =>
    spans.reduce((total, { attributes }) => total + numberIn(attributes[key]), 0);
  const [model] = spans.flatMap(({ attributes }) => textIn(attributes['model']) ?? []);
  const usage = { tokens_in: sum('input_tokens'), tokens_out: sum('output_tokens'), model };
  const steps = spans.flatMap(({ name, attributes }) => {
    const tool = textIn(attributes['tool']) ?? TOOL_SPAN.exec(name)?.[1];
    return tool === undefined ? [] : [{ action: tool }];
  });
  return factsOf({ answer: null, steps, usage, trace: { trace_id, spans } });
}

/** The id of a trace, also of one that is no run. */
export function traceIdOf(value: unknown): string | undefined {
  return textAt(value, 'trace_id');
}

/** What was read of a node's traces at once. */
export interface TracePage {
  /** Newest first. */
  runs: readonly TracedRun[];
  /** Whether older ones may have been left out. */
  full: boolean;
  /** Ids of the page that was read before of the same start of the node; undefined for none. */
  previous: ReadonlySet<string> | undefined;
  /** When the node was started, ISO-8601. */
  nodeStartedAt: string;
}

/** How far apart two looks may put the start of a node. */
const START_SLACK_MS = 5_000;

/**
 * Since when every run on a node is known, after a page was read: a node that was restarted has
 * lost what it knew, and behind a full page without a known trace may have been more.
 *
 * @param before what held until now
 * @param known ids that were read from the node in former times
 */
export function wholeFrom(
  before: string | undefined,
  { runs, full, previous, nodeStartedAt }: TracePage,
  known: ReadonlySet<string>,
): string {
  const startMs = Date.parse(nodeStartedAt);
  const same = before !== undefined && startMs <= Date.parse(before) + START_SLACK_MS;
  const since = same ? before : nodeStartedAt;
  const joins = runs.some(({ traceId }) => previous?.has(traceId) === true || known.has(traceId));
  const oldest = runs.at(-1);
  if (!full || joins || oldest === undefined) return since;
  return oldest.endedAt > since ? oldest.endedAt : since;
}

function numberIn(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
