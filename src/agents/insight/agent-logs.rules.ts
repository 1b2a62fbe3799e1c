import type { AgentCallEntity } from '../runs/agent-call.entity.js';
import { LOG_LEVELS, type LogLevel, type LogLine } from '../runs/agent-runs.schemas.js';

/** How many lines of a node's own log are searched: what is filtered out is among them. */
export const MOST_NODE_LINES = 5_000;

/** Which lines are shown. */
export interface LineFilter {
  /** ISO-8601 UTC. */
  from: string;
  level: LogLevel | undefined;
}

/** The line of a recorded run. */
export function lineOfCall(call: AgentCallEntity): LogLine {
  return {
    timestamp: new Date(Date.parse(call.startedAt) + call.durationMs).toISOString(),
    level: call.outcome === 'failed' ? 'error' : 'info',
    message: sentence(call),
  };
}

/** Whether a level lets no run through but those that failed. */
export function isOfFailuresAlone(level: LogLevel | undefined): boolean {
  return level !== undefined && LOG_LEVELS.indexOf(level) > LOG_LEVELS.indexOf('info');
}

/** Whether a line is shown. */
export function isShown(line: LogLine, { from, level }: LineFilter): boolean {
  const least = level === undefined ? 0 : LOG_LEVELS.indexOf(level);
  return line.timestamp >= from && LOG_LEVELS.indexOf(line.level) >= least;
}

/** Puts lines of several sources in order and keeps the newest that pass, newest last. */
export function mergeLines(
  lines: readonly LogLine[],
  { limit, ...filter }: LineFilter & { limit: number },
): LogLine[] {
  return lines
    .filter((line) => isShown(line, filter))
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
