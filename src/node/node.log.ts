import type { Clock } from '../platform/clock/clock.js';

export type LogLevel = 'info' | 'warn' | 'error';

/** Fields beside the constant message; `agent` is the agent the line is about. */
export type LogFields = { agent?: string } & Record<string, unknown>;

/** Writes one JSON line `{timestamp, level, message, ...fields}` for each entry. */
export class NodeLog {
  /** @param write gets one whole line, newline included */
  constructor(
    private readonly clock: Clock,
    private readonly write: (line: string) => void,
  ) {}

  info(message: string, fields: LogFields = {}): void {
    this.entry('info', message, fields);
  }

  warn(message: string, fields: LogFields = {}): void {
    this.entry('warn', message, fields);
  }

  error(message: string, fields: LogFields = {}): void {
    this.entry('error', message, fields);
  }

  private entry(level: LogLevel, message: string, fields: LogFields): void {
    const timestamp = this.clock.nowIso();
    this.write(`${JSON.stringify({ timestamp, level, message, ...fields })}\n`);
  }
}
