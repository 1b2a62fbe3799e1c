import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogLine } from '../runs/agent-runs.schemas.js';
import {
  LOG_START,
  type LogPosition,
  placeLines,
  readLogCursor,
  unreadLines,
  writeLogCursor,
} from './log-cursor.rules.js';

const timeOf = (second: number): string =>
  new Date(1_764_000_000_000 + second * 1000).toISOString();
const lineAt = (second: number, message: string): LogLine => ({
  timestamp: timeOf(second),
  level: 'info',
  message,
});

describe('the place of a reader in a log', () => {
  it('is written as digits and read back', () => {
    const position: LogPosition = { number: 7, at: timeOf(3), count: 2 };
    expect(writeLogCursor('agt_1', position)).toBe('agt_1.7.1764000003000.2');
    expect(readLogCursor(writeLogCursor('agt_1', position), 'agt_1')).toEqual(position);
    expect(readLogCursor(writeLogCursor('agt_1', LOG_START), 'agt_1')).toEqual(LOG_START);
    expect(readLogCursor(writeLogCursor('agt_0', position), 'agt_1')).toEqual(LOG_START);
  });

  it.each([
    '',
    'a',
    'a.1.2',
    'a.1.2.3.4',
    'a.b.c.d',
    'a.-1.2.3',
    'a.1.9999999999999999.1',
    'a.1.2.3\n',
  ])('is nothing that others write: %j', (text) => {
    expect(readLogCursor(text, 'a')).toBeUndefined();
  });

  it('neither loses nor doubles a line, wherever the reader leaves and comes again', () => {
    const sources = fc.record({
      runs: fc.array(fc.nat(5), { maxLength: 8 }),
      node: fc.array(fc.nat(5), { maxLength: 8 }),
      // How many lines of each source are there at each look, and after how many the reader leaves.
      looks: fc.array(fc.tuple(fc.nat(8), fc.nat(8), fc.nat(20)), { maxLength: 6 }),
    });
    fc.assert(
      fc.property(sources, ({ runs, node, looks }) => {
        const records = runs.map((second, at) => ({
          number: at + 1,
          line: lineAt(second, `run ${at}`),
        }));
        const lines = [...node]
          .sort((a, b) => a - b)
          .map((second, at) => lineAt(second, `n ${at}`));
        const seen: string[] = [];
        let cursor = writeLogCursor('agt_1', LOG_START);
        let [knownRuns, knownLines] = [0, 0];
        for (const [moreRuns = 0, moreLines = 0, leavesAfter] of [...looks, [8, 8, 20]]) {
          knownRuns = Math.min(records.length, knownRuns + moreRuns);
          knownLines = Math.min(lines.length, knownLines + moreLines);
          const from = readLogCursor(cursor, 'agt_1') ?? LOG_START;
          const unread = records.slice(0, knownRuns).filter(({ number }) => number > from.number);
          const placed = placeLines(from, unread, unreadLines(lines.slice(0, knownLines), from));
          for (const { line, position } of placed.slice(0, leavesAfter)) {
            seen.push(line.message);
            cursor = writeLogCursor('agt_1', position);
          }
        }
        const all = [...records.map(({ line }) => line), ...lines].map(({ message }) => message);
        expect([...seen].sort()).toEqual([...all].sort());
      }),
    );
  });
});
