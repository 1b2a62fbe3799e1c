/** Kills of a server at moments that a seed decides. */
import type { Random } from '../support/random.js';
import type { TestServer } from '../support/server.js';
import { Violation } from './acknowledged.js';
import type { SoakWorld } from './world.js';

/** Changes that a kill may come into: asked for, and not answered. */
export const CHANGES = [
  'agent.created',
  'agent.updated',
  'agent.deleted',
  'tenant.created',
  'tenant.deleted',
  'key.created',
  'key.revoked',
] as const;

/** What the server is doing when it is killed; `answering` is at the very moment of an answer. */
export type Moment = 'working' | 'answering' | 'starting' | 'stopping' | (typeof CHANGES)[number];

const WORKS_AT_MOST_MS = 1_200;
const STARTS_AT_MOST_MS = 1_500;
const STOPS_AT_MOST_MS = 300;
/** Within these a change is taken in and carried out. */
const CHANGES_AT_MOST_MS = 12;
/** So many answers, and the server is as quick as it gets. */
const ANSWERS_AT_MOST = 60;
/** A kill that came when the change was answered is no kill inside of it. */
const TRIES_EACH = 10;
/** What is said of a server that a signal ended. */
const KILLED = 'The server exited with null';

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Draws a moment: most of the time it works. */
export function drawMoment(random: Random): Moment {
  const chance = random.next();
  if (chance < 0.2) return random.pick(CHANGES);
  if (chance < 0.35) return 'answering';
  if (chance < 0.7) return 'working';
  return chance < 0.85 ? 'starting' : 'stopping';
}

/**
 * Kills a server under load, brings it back, and holds it to the model.
 *
 * @returns how many kills that took
 * @throws Violation
 */
export async function killAndLook(
  world: SoakWorld,
  random: Random,
  moment: Moment,
): Promise<number> {
  if (isChange(moment)) return killInside(world, random, moment);
  const { server } = world;
  const working = world.work();
  // Whatever goes wrong there is told below, when all workers have ended.
  working.catch(() => undefined);
  await Promise.race([come(world, random, moment), working]).catch(() => undefined);
  if (moment === 'stopping') {
    process.kill(server.pid, 'SIGTERM');
    await sleep(random.between(0, STOPS_AT_MOST_MS));
  }
  await world.kill();
  await working;
  let kills = 1;
  if (moment === 'starting') {
    await killStart(server, () => sleep(random.between(0, STARTS_AT_MOST_MS)));
    kills++;
  }
  await server.run();
  await world.look();
  return kills;
}

/** Waits for the moment. */
async function come({ model }: SoakWorld, random: Random, moment: Moment): Promise<void> {
  if (moment === 'answering') {
    const answers = random.between(1, ANSWERS_AT_MOST);
    for (let heard = 0; heard < answers; heard++) await model.heard();
    return;
  }
  // A server that has just come up is slow to answer for the first time.
  if (moment === 'working') await model.heard();
  // Mostly soon, now and then much later.
  await sleep(random.next() ** 2 * WORKS_AT_MOST_MS);
}

function isChange(moment: Moment): moment is (typeof CHANGES)[number] {
  return CHANGES.some((change) => change === moment);
}

/** Kills until the answer to such a change was cut off. */
async function killInside(world: SoakWorld, random: Random, change: string): Promise<number> {
  const { server, model } = world;
  for (let kills = 1; kills <= TRIES_EACH; kills++) {
    const working = world.work();
    working.catch(() => undefined);
    await Promise.race([model.begun(change), working]).catch(() => undefined);
    await sleep(random.between(0, CHANGES_AT_MOST_MS));
    await world.kill();
    await working;
    const isInside = model.awaits(change);
    await server.run();
    await world.look();
    if (isInside) return kills;
  }
  throw new Error(`No kill came into ${change}`);
}

/**
 * Starts the server and kills it so much later.
 *
 * @returns whether it had not come up by then
 * @throws Violation when it ended by itself
 */
export async function killStart(
  server: TestServer,
  when: () => Promise<unknown>,
): Promise<boolean> {
  const starting = server.run().then(
    () => 'ready',
    (error: Error) => error.message,
  );
  await when();
  await server.kill();
  const said = await starting;
  if (said !== 'ready' && !said.startsWith(KILLED)) throw new Violation(said);
  return said !== 'ready';
}
