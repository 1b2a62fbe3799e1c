import type { LogLine } from '../runs/agent-runs.schemas.js';

// Where a reader of a log is, in both of its sources: records of runs are numbered, and lines of a
// node are in the order of their times. A line that a node writes later is never older than one
// that was read, so time and how many lines of that very time were read say it all.

/** How far a log was read. */
export interface LogPosition {
  /** The number of the last record of a run. */
  readonly number: number;
  /** The time of the last line of the node, ISO-8601; empty before the first. */
  readonly at: string;
  /** How many lines of the node of that time were read. */
  readonly count: number;
}

export const LOG_START: LogPosition = { number: 0, at: '', count: 0 };

/** A line of a log and where a reader is who has read it. */
export interface PlacedLine {
  line: LogLine;
  position: LogPosition;
}

const SHAPE = /^([a-z0-9_]{1,64})\.(\d{1,10})\.(\d{1,16})\.(\d{1,10})$/;

/** The `id` of an event; a name that is used again is another agent, and another log. */
export function writeLogCursor(agentId: string, { number, at, count }: LogPosition): string {
  return `${agentId}.${number}.${at === '' ? 0 : Date.parse(at)}.${count}`;
}

/**
 * Reads a cursor back: that of another agent is the start of this one's log.
 *
 * @returns undefined for text that is none of ours
 */
export function readLogCursor(text: string, agentId: string): LogPosition | undefined {
  const [, owner, number, atMs, count] = SHAPE.exec(text) ?? [];
  if (owner === undefined || Number(atMs) > 8.64e15) return undefined;
  if (owner !== agentId) return LOG_START;
  const at = atMs === '0' ? '' : new Date(Number(atMs)).toISOString();
  return { number: Number(number), at, count: Number(count) };
}

/** The lines of a node that were not read yet, oldest first. */
export function unreadLines(
  lines: readonly LogLine[],
  { at, count }: LogPosition,
): readonly LogLine[] {
  const later = lines.filter(({ timestamp }) => timestamp >= at);
  const same = later.filter(({ timestamp }) => timestamp === at).length;
  return later.slice(Math.min(count, same));
}

/**
 * Puts unread lines of both sources in one order, oldest first, each source in its own: so every
 * line has a position that tells what was read before it.
 *
 * @param runs lines of records, with their numbers
 * @param node lines of the node, as `unreadLines` gave them
 */
export function placeLines(
  from: LogPosition,
  runs: readonly { number: number; line: LogLine }[],
  node: readonly LogLine[],
): PlacedLine[] {
  const placed: PlacedLine[] = [];
  let position = from;
  let [nextRun, nextNode] = [0, 0];
  while (nextRun < runs.length || nextNode < node.length) {
    const run = runs[nextRun];
    const line = node[nextNode];
    if (run !== undefined && (line === undefined || run.line.timestamp <= line.timestamp)) {
      nextRun++;
      position = { ...position, number: run.number };
      placed.push({ line: run.line, position });
    } else if (line !== undefined) {
      nextNode++;
      const count = line.timestamp === position.at ? position.count + 1 : 1;
      position = { ...position, at: line.timestamp, count };
      placed.push({ line, position });
    }
  }
  return placed;
}
