import type { AgentCallEntity } from './agent-call.entity.js';
import { LOG_LEVELS, type LogLevel, type LogLine } from './agent-runs.schemas.js';

/** Which lines an answer holds. */
export interface LineFilter {
  /** ISO-8601 UTC. */
  from: string;
  level: LogLevel | undefined;
  limit: number;
}

/** One line for every recorded run. */
export function linesOfCalls(calls: readonly AgentCallEntity[]): LogLine[] {
  return calls.map((call) => ({
    timestamp: new Date(Date.parse(call.startedAt) + call.durationMs).toISOString(),
    level: call.outcome === 'failed' ? 'error' : 'info',
    message: sentence(call),
  }));
}

/** Puts lines of several sources in order and keeps the newest that pass, newest last. */
export function mergeLines(
  lines: readonly LogLine[],
  { from, level, limit }: LineFilter,
): LogLine[] {
  const least = level === undefined ? 0 : LOG_LEVELS.indexOf(level);
  return lines
    .filter((line) => line.timestamp >= from && LOG_LEVELS.indexOf(line.level) >= least)
    .sort((a, b) => (a.timestamp < b.timestamp ? -1 : Number(a.timestamp > b.timestamp)))
    .slice(-limit);
}

function sentence(call: AgentCallEntity): string {
  const { outcome, durationMs, tokensIn, tokensOut, model, error } = call;
  if (outcome === 'cancelled') return `Run cancelled after ${durationMs} ms`;
  if (outcome === 'failed')
    return `Run failed after ${durationMs} ms: ${error ?? 'no reason given'}`;
  const by = model === null ? '' : ` by ${model}`;
  return `Run completed in ${durationMs} ms${by}, ${tokensIn} tokens in, ${tokensOut} out`;
}
