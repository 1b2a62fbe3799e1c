/** A tenant that is in order, and how it fares beside one that is not. */
import { agentWhen, echoSpec, expectData, isRunning, type Person, sdk } from './api.js';

const READERS = 4;
const RUNNERS = 2;
const PAUSE_MS = 5;

/** Milliseconds of each kind of request, and what went wrong. */
export interface Fare {
  reads: number[];
  runs: number[];
  /** From the request that creates an agent until it is Running. */
  creates: number[];
  wrong: string[];
}

let agents = 0;

/** Reads, runs and creates agents for a while; expects an agent `bot` that runs. */
export async function fareOf({ client }: Person, forMs: number): Promise<Fare> {
  const fare: Fare = { reads: [], runs: [], creates: [], wrong: [] };
  const until = performance.now() + forMs;
  const path = { name: 'bot' };
  const read = async (): Promise<void> => {
    expectData(await sdk.getAgent({ client, path }), 200);
  };
  const run = async (): Promise<void> => {
    expectData(await sdk.runAgent({ client, path, body: { query: 'well?' } }), 200);
  };
  const create = async (): Promise<void> => {
    const name = `made-${++agents}`;
    expectData(await sdk.createAgent({ client, body: echoSpec(name) }), 201);
    await agentWhen(client, name, isRunning);
    expectData(await sdk.deleteAgent({ client, path: { name } }), 200);
  };
  const keep = async (work: () => Promise<void>, times: number[]): Promise<void> => {
    while (performance.now() < until) {
      const began = performance.now();
      await work().catch((error: unknown) => fare.wrong.push(String(error)));
      times.push(performance.now() - began);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  };
  await Promise.all([
    ...Array.from({ length: READERS }, () => keep(read, fare.reads)),
    ...Array.from({ length: RUNNERS }, () => keep(run, fare.runs)),
    keep(create, fare.creates),
  ]);
  return fare;
}

/** How much longer than at another time half of the requests took, and the slowest, in milliseconds. */
export function slowerThan(before: Fare, now: Fare): { half: number; slowest: number } {
  const kinds = ['reads', 'runs', 'creates'] as const;
  const most = (share: number): number =>
    Math.max(...kinds.map((kind) => of(now[kind], share) - of(before[kind], share)));
  return { half: most(0.5), slowest: most(0.99) };
}

/** One line of what was measured, p50/p99 in milliseconds. */
export function describeFare(what: string, { reads, runs, creates }: Fare): string {
  const both = (times: number[]): string => `${at(times, 0.5)}/${at(times, 0.99)}`;
  return `${what.padEnd(28)} read ${both(reads)} run ${both(runs)} create ${both(creates)} ms\n`;
}

function at(times: readonly number[], share: number): string {
  return of(times, share).toFixed(0);
}

function of(times: readonly number[], share: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
