import type { NodeLogLine } from '../../nodes/node-access.js';

const LEVELS: Readonly<Record<string, NodeLogLine['level']>> = {
  trace: 'debug',
  debug: 'debug',
  info: 'info',
  warn: 'warning',
  warning: 'warning',
  error: 'error',
  critical: 'error',
  fatal: 'error',
};

const LONGEST_MESSAGE = 2_000;

/** The newest lines that name an agent, as whole words, oldest first. */
export function linesNaming(lines: readonly string[], agent: string, limit: number): NodeLogLine[] {
  const naming = new RegExp(`(?<![-\\w])${agent}(?![-\\w])`);
  const found = lines.filter((line) => naming.test(line));
  return found.slice(-limit).flatMap((line) => readLogLine(line) ?? []);
}

/**
 * Reads one line of a node's output: JSON with `timestamp`, `level` and `message`, or any text
 * with a time in front. A line that tells no time is left out, for it cannot be put in order.
 */
export function readLogLine(line: string): NodeLogLine | undefined {
  return readJsonLine(line) ?? readTextLine(line);
}

function readJsonLine(line: string): NodeLogLine | undefined {
  if (!line.startsWith('{')) return undefined;
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const { timestamp, level, message, event } = fields;
  const text = message ?? event;
  if (typeof timestamp !== 'string' || typeof text !== 'string') return undefined;
  return lineOf(timestamp, typeof level === 'string' ? level : 'info', text);
}

const TEXT_LINE =
  /^\[?(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d+)?(?:Z|[+-]\d{2}:?\d{2})?)\]?\s*(?:[-:|]\s*)?(?:\[?(TRACE|DEBUG|INFO|WARN|WARNING|ERROR|CRITICAL|FATAL)\b\]?)?(.*)$/i;

function readTextLine(line: string): NodeLogLine | undefined {
  const [, time, level = 'info', rest = ''] = TEXT_LINE.exec(line) ?? [];
  return time === undefined ? undefined : lineOf(time.replace(',', '.'), level, rest.trim());
}

function lineOf(time: string, level: string, message: string): NodeLogLine | undefined {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return undefined;
  return {
    timestamp: date.toISOString(),
    level: LEVELS[level.toLowerCase()] ?? 'info',
    message: message.slice(0, LONGEST_MESSAGE),
  };
}
