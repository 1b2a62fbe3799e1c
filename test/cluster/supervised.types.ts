/** What a supervisor and the process that forked it say to each other. */

export interface Program {
  /** Unique among those that run. */
  name: string;
  command: readonly string[];
  env: Record<string, string>;
  cwd: string;
  /** What it says is added to this file. */
  log: string;
  /** At the end those of a higher rank are stopped, and waited for, before those of a lower one. */
  rank: number;
}

export interface Question {
  id: number;
  start?: Program;
  stop?: { name: string; signal: NodeJS.Signals; graceMs: number };
}

export interface Answer {
  id: number;
  pid?: number;
  error?: string;
}

export interface Notice {
  exited: string;
  code: number | null;
  signal: NodeJS.Signals | null;
}
