import { describe, expect, it } from 'vitest';
import { readLogLine } from './node-log-line.js';

describe('a line of a node', () => {
  it.each([
    [
      '{"timestamp":"2026-01-01T00:00:00.000Z","level":"warn","message":"hot","agent":"bot"}',
      { timestamp: '2026-01-01T00:00:00.000Z', level: 'warning', message: 'hot' },
    ],
    [
      '{"timestamp":"2026-01-01T00:00:00Z","event":"agent.run","agent":"bot"}',
      { timestamp: '2026-01-01T00:00:00.000Z', level: 'info', message: 'agent.run' },
    ],
    [
      '2026-01-01 00:00:00,250 ERROR astromesh: bot failed',
      { level: 'error', message: 'astromesh: bot failed' },
    ],
    ['[2026-01-01T00:00:00Z] [INFO] bot ready', { level: 'info', message: 'bot ready' }],
  ])('is read: %s', (line, expected) => {
    expect(readLogLine(line)).toMatchObject(expected);
  });

  it.each([
    'INFO: Started server process',
    '{"broken',
    '{"message":"no time"}',
    '',
    '2026-99-99 00:00:00 x',
  ])('without a time is left out: %s', (line) => {
    expect(readLogLine(line)).toBeUndefined();
  });

  it('is cut where it is endless', () => {
    const line = readLogLine(`2026-01-01T00:00:00Z ${'x'.repeat(10_000)}`);
    expect(line?.message).toHaveLength(2_000);
  });
});
