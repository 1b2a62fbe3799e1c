import { numberAt, textAt } from './json.js';
import type { Span, Trace } from './traces.js';

export interface ModelUsage {
  provider: string;
  model: string;
  role: string;
  calls: number;
  tokens_in: number;
  tokens_out: number;
  tokens_cached: number;
  /** US dollars. */
  cost: number;
}

export interface Usage {
  tokens_in: number;
  tokens_out: number;
  /** The first model of the run. */
  model: string;
  by_model: ModelUsage[];
}

/** Sums the answered model calls of a trace; null when it counted no tokens. */
export function usageOf(trace: Trace): Usage | null {
  const usage: Usage = { tokens_in: 0, tokens_out: 0, model: '', by_model: [] };
  for (const span of trace.spans) {
    if (span.name !== 'llm.complete' || span.status !== 'ok') continue;
    const call = callUsage(span);
    usage.tokens_in += call.tokens_in;
    usage.tokens_out += call.tokens_out;
    usage.model ||= call.model;
    // A run has one answered call: models that failed before it count nothing.
    usage.by_model.push(call);
  }
  return usage.tokens_in + usage.tokens_out > 0 ? usage : null;
}

function callUsage({ attributes }: Span): ModelUsage {
  return {
    provider: textAt(attributes, 'provider') ?? '',
    model: textAt(attributes, 'model') ?? '',
    role: 'default',
    calls: 1,
    tokens_in: numberAt(attributes, 'input_tokens') ?? 0,
    tokens_out: numberAt(attributes, 'output_tokens') ?? 0,
    tokens_cached: 0,
    cost: numberAt(attributes, 'cost') ?? 0,
  };
}
