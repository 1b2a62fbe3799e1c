/** One machine for the run; it lives and dies with it. */
import type { TestProject } from 'vitest/node';
import { Machine, type MachineFacts } from './machine.js';

declare module 'vitest' {
  interface ProvidedContext {
    machine: MachineFacts;
  }
}

/** Starts it before the first test file, and gives back what stops it after the last. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (process.env['NEXUS_OWN_MACHINE'] !== '1') {
    throw new Error(
      'Node tests want a machine of their own: npm run test:node, or ' +
        'node scripts/test/own-machine.mjs npx vitest run --project node FILE',
    );
  }
  const machine = await Machine.start();
  project.provide('machine', machine.facts);
  return () => machine.stop();
}
