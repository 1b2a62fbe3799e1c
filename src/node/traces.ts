/** What each run left behind: the last traces, in memory, in the shape of an astromesh-node. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../platform/clock/clock.js';
import type { JsonObject } from './json.js';

const LONGEST_ATTRIBUTE = 2000;

export interface Span {
  name: string;
  trace_id: string;
  span_id: string;
  parent_span_id: string | null;
  status: 'unset' | 'ok' | 'error';
  attributes: JsonObject;
  events: never[];
  /** Seconds since 1970, with fractions. */
  start_time: number;
  end_time: number | null;
  duration_ms: number | null;
}

export interface Trace {
  trace_id: string;
  agent: string;
  session_id: string;
  is_sampled: true;
  spans: Span[];
}

/** Collects the spans of one run. The first span is the parent of the others. */
export class TraceRecorder {
  readonly trace: Trace;
  private readonly started = new Map<Span, number>();

  constructor(
    private readonly clock: Clock,
    agent: string,
    sessionId: string,
  ) {
    const traceId = randomBytes(16).toString('hex');
    this.trace = { trace_id: traceId, agent, session_id: sessionId, is_sampled: true, spans: [] };
  }

  start(name: string, attributes: JsonObject): Span {
    const span: Span = {
      name,
      trace_id: this.trace.trace_id,
      span_id: randomBytes(8).toString('hex'),
      parent_span_id: this.trace.spans[0]?.span_id ?? null,
      status: 'unset',
      attributes: clipped(attributes),
      events: [],
      start_time: this.clock.now().getTime() / 1000,
      end_time: null,
      duration_ms: null,
    };
    this.started.set(span, this.clock.monotonicMs());
    this.trace.spans.push(span);
    return span;
  }

  finish(span: Span, status: 'ok' | 'error', attributes: JsonObject = {}): void {
    const elapsedMs = this.clock.monotonicMs() - (this.started.get(span) ?? 0);
    Object.assign(span.attributes, clipped(attributes));
    span.status = status;
    span.duration_ms = elapsedMs;
    span.end_time = span.start_time + elapsedMs / 1000;
  }
}

/** The last `capacity` traces. */
export class TraceRing {
  private readonly traces: Trace[] = [];

  constructor(private readonly capacity = 1000) {}

  add(trace: Trace): void {
    this.traces.push(trace);
    if (this.traces.length > this.capacity) this.traces.shift();
  }

  /** Newest first; of one agent when it is named. */
  list(agent: string | undefined, limit: number): Trace[] {
    const wanted = agent ? this.traces.filter((trace) => trace.agent === agent) : this.traces;
    return wanted.slice(-limit).toReversed();
  }
}

/** Long texts are cut, or a thousand traces could fill the memory. */
function clipped(attributes: JsonObject): JsonObject {
  const entries = Object.entries(attributes).map(([key, value]) => [
    key,
    typeof value === 'string' ? value.slice(0, LONGEST_ATTRIBUTE) : value,
  ]);
  return Object.fromEntries(entries) as JsonObject;
}
