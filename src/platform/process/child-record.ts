import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

const recordSchema = z.object({
  /** The mark in the environment of the child and of what it starts: unique to this start. */
  mark: z.string().min(1),
  /** Null from before the child is started until it is known which process it became. */
  process: z.object({ pid: z.int().positive(), startTime: z.string().min(1) }).nullable(),
  port: z.int(),
  command: z.array(z.string()).min(1),
  /** Whatever tells the owner whether the child still runs with the settings that are wanted. */
  settings: z.string(),
  /** ISO-8601 UTC. */
  startedAt: z.string(),
});

/**
 * What is kept of a child in its folder, from before it is started until it is gone, so that a
 * later supervisor finds it at whatever moment this one was killed.
 */
export type ChildRecord = z.output<typeof recordSchema>;

const FILE = 'child.json';

/** The record in a folder; undefined when there is none that can be read. */
export function readRecord(folder: string): ChildRecord | undefined {
  try {
    return recordSchema.parse(JSON.parse(readFileSync(path.join(folder, FILE), 'utf8')));
  } catch {
    return undefined;
  }
}

/** Replaces the record at a stroke: a reader sees the old one or the new one. */
export function writeRecord(folder: string, record: ChildRecord): void {
  const file = path.join(folder, FILE);
  writeFileSync(`${file}.new`, JSON.stringify(record), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** Removes the record from a folder, if there is one. */
export function dropRecord(folder: string): void {
  rmSync(path.join(folder, FILE), { force: true });
}
