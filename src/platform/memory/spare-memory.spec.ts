import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../test/support/manual-clock.js';
import { silentLogger } from '../../../test/support/silent-logger.js';
import { ProcessMemory } from './process-memory.js';
import { SpareMemory } from './spare-memory.js';

const MB = 1_000_000;

/** A process whose memory and time a test decides. */
class GivenMemory extends ProcessMemory {
  resident = 300 * MB;
  busy = 0;
  given = 0;

  override residentBytes(): number {
    return this.resident;
  }

  override busyShare(): number {
    return this.busy;
  }

  override giveBack(): void {
    this.given++;
    this.resident = 200 * MB;
  }
}

function started() {
  const memory = new GivenMemory();
  const clock = new ManualClock();
  const spare = new SpareMemory(memory, clock, silentLogger());
  spare.start();
  return { memory, clock, spare };
}

describe('memory that is not needed', () => {
  it('is given back after ten calm seconds', async () => {
    const { memory, clock } = started();
    await clock.advance(9_999);
    expect(memory.given).toBe(0);
    await clock.advance(1);
    expect(memory.given).toBe(1);
  });

  it('is kept while there is work', async () => {
    const { memory, clock } = started();
    for (let look = 0; look < 10; look++) {
      memory.busy = look % 2;
      await clock.advance(5_000);
    }
    expect(memory.given).toBe(0);
  });

  it('is given back again when it has grown', async () => {
    const { memory, clock } = started();
    await clock.advance(60_000);
    expect(memory.given).toBe(1);
    memory.resident = 229 * MB;
    await clock.advance(60_000);
    expect(memory.given).toBe(1);
    memory.resident = 231 * MB;
    await clock.advance(5_000);
    expect(memory.given).toBe(2);
  });

  it('is left alone once it is stopped', async () => {
    const { memory, clock, spare } = started();
    spare.stop();
    await clock.advance(60_000);
    expect([memory.given, clock.timers]).toEqual([0, 0]);
  });

  it('leaves a real process', () => {
    const program = `
      const rss = () => process.memoryUsage.rss();
      let kept = Array.from({ length: 1e6 }, (_, at) => ({ at, text: 'x' + at }));
      kept = [];
      gc();
      const before = rss();
      gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
      setTimeout(() => console.log(JSON.stringify([before, rss()])), 200);`;
    const { stdout } = spawnSync(process.execPath, ['--expose-gc', '-e', program]);
    const [before = 0, after = 0] = JSON.parse(String(stdout)) as number[];
    expect(after).toBeLessThan(before * 0.8);
  });
});
