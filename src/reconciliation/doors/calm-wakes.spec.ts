import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../test/support/manual-clock.js';
import { CalmWakes } from './calm-wakes.js';

function wakesOf(clock: ManualClock): { wakes: CalmWakes; woken: string[] } {
  const woken: string[] = [];
  const options = { calmMs: 5_000, atMostMs: 30_000 };
  return { wakes: new CalmWakes(clock, options, (key) => woken.push(key)), woken };
}

describe('wakes that wait for calm', () => {
  it('are one for all that came, once nothing comes', async () => {
    const clock = new ManualClock();
    const { wakes, woken } = wakesOf(clock);
    for (let n = 0; n < 4; n++) {
      wakes.add('one');
      await clock.advance(4_000);
    }
    expect(woken).toEqual([]);
    await clock.advance(1_000);
    expect(woken).toEqual(['one']);
    await clock.advance(60_000);
    expect(woken).toEqual(['one']);
  });

  it('wait no longer than they may when it never is calm', async () => {
    const clock = new ManualClock();
    const { wakes, woken } = wakesOf(clock);
    for (let second = 0; second < 60; second++) {
      wakes.add('one');
      await clock.advance(1_000);
    }
    expect(woken).toEqual(['one', 'one']);
  });

  it('wait for each key alone', async () => {
    const clock = new ManualClock();
    const { wakes, woken } = wakesOf(clock);
    wakes.add('one');
    await clock.advance(3_000);
    wakes.add('two');
    await clock.advance(2_000);
    expect(woken).toEqual(['one']);
    await clock.advance(3_000);
    expect(woken).toEqual(['one', 'two']);
  });

  it('are forgotten with what was to be woken', async () => {
    const clock = new ManualClock();
    const { wakes, woken } = wakesOf(clock);
    wakes.add('one');
    wakes.clear();
    await clock.advance(60_000);
    expect(woken).toEqual([]);
  });
});
