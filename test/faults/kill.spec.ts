import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nexusAdmin } from '../support/admin.js';
import { documentedFetch } from '../support/documented.js';
import { processesOf } from '../support/processes.js';
import { Random } from '../support/random.js';
import { TestServer } from '../support/server.js';
import { CHANGES, killAndLook, type Moment } from '../soak/kills.js';
import { SoakWorld } from '../soak/world.js';

/** With those of `kill-start.spec.ts` thirty kills; `npm run soak` makes more of them. */
const MOMENTS: readonly Moment[] = [
  ...Array.from({ length: 4 }, () => 'working' as const),
  ...Array.from({ length: 4 }, () => 'answering' as const),
  // Inside of each of these at least one.
  ...CHANGES,
  // Two kills each.
  ...Array.from({ length: 3 }, () => 'starting' as const),
  ...Array.from({ length: 2 }, () => 'stopping' as const),
];
const CONVERGE_EVERY = 1;

// The server process is killed while writes are in flight. Whatever it acknowledged is there when
// it comes back, whatever it did not acknowledge happened whole or not at all, and the nodes end
// up with exactly what is wanted.
describe('a server that is killed', () => {
  let server: TestServer;
  let world: SoakWorld;
  const random = Random.printed('kill test');
  beforeAll(async () => {
    server = await TestServer.start({ environment: { NEXUS_RESYNC_SECONDS: '1' } });
    world = await SoakWorld.create(server, random, documentedFetch);
  });
  afterAll(() => server.close());

  it('keeps what it acknowledged, does nothing by halves, and converges', async () => {
    const moments = [...MOMENTS];
    let kills = 0;
    while (moments.length > 0) {
      const [moment] = moments.splice(random.between(0, moments.length - 1), 1);
      kills += await killAndLook(world, random, moment ?? 'working');
      if (moments.length % CONVERGE_EVERY === 0) await world.converge();
    }
    const { answered, unanswered } = world.model;
    process.stdout.write(`${kills} kills, ${answered} answers, ${JSON.stringify(unanswered)}\n`);
    expect(kills).toBeGreaterThanOrEqual(8 + CHANGES.length + 2 * 3 + 2);
    expect(answered).toBeGreaterThan(kills * 3);
    expect(unanswered.happened + unanswered.never).toBeGreaterThan(kills);
  });

  it('leaves nothing wrong in its database, and no process behind when it is stopped', async () => {
    const { code, stdout } = await nexusAdmin(server.settings, ['check']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(processesOf(server.dataDir)).not.toEqual([]);
    expect(await server.stop('SIGINT')).toBe(0);
    expect(processesOf(server.dataDir)).toEqual([]);
  });
});
