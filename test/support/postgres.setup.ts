/** One real PostgreSQL for the run; it lives and dies with it. */
import type { TestProject } from 'vitest/node';
import { startPostgres } from './postgres-server.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of a superuser's connection to the database `postgres`. */
    postgresUrl: string;
  }
}

/** Starts it before the first test file, and gives back what stops it after the last. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { url, stop } = await startPostgres();
  project.provide('postgresUrl', url);
  return stop;
}
