import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

const recordSchema = z.object({
  pid: z.int(),
  startTime: z.string(),
  port: z.int(),
  /** Tells whether it runs with the settings that are wanted now. */
  settings: z.string(),
  startedAt: z.string(),
});

/** What is kept of a child in its folder, so that a later supervisor can take it over. */
export type ChildRecord = z.output<typeof recordSchema>;

const FILE = 'child.json';

/** The record in a folder; undefined when there is none that can be read. */
export function readRecord(folder: string): ChildRecord | undefined {
  try {
    const result = recordSchema.safeParse(
      JSON.parse(readFileSync(path.join(folder, FILE), 'utf8')),
    );
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}

export function writeRecord(folder: string, record: ChildRecord): void {
  const file = path.join(folder, FILE);
  writeFileSync(`${file}.new`, JSON.stringify(record), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export function dropRecord(folder: string): void {
  rmSync(path.join(folder, FILE), { force: true });
}
