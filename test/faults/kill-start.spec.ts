import { describe, expect, it } from 'vitest';
import { killFirstStarts, killMigrations } from '../soak/killed-starts.js';
import { documentedFetch } from '../support/documented.js';
import { Random } from '../support/random.js';
import { databaseUnderTest } from '../support/server.js';

const FIRST_STARTS = 3;
const INSIDE_MIGRATIONS = 5;

describe('a start that is killed', () => {
  const random = Random.printed('killed starts');

  it('is begun again by the next one, when it is the first', async () => {
    const before = await killFirstStarts(random, FIRST_STARTS, await databaseUnderTest());
    expect(before).toBeGreaterThan(0);
  });

  it('has its migration finished by the next one, and loses nothing', async () => {
    const surroundings = { fetch: documentedFetch, newDatabase: databaseUnderTest };
    const kills = await killMigrations(random, INSIDE_MIGRATIONS, surroundings);
    expect(kills).toBeGreaterThanOrEqual(INSIDE_MIGRATIONS);
  });
});
