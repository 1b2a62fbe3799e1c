import { describe, expect, it } from 'vitest';
import { ManualClock, settle } from '../../../test/support/manual-clock.js';
import { silentLogger } from '../../../test/support/silent-logger.js';
import { Controller } from './controller.js';
import { again, DONE, type Pass, Reconciler, type Result } from './reconciler.js';

class Scripted extends Reconciler {
  readonly name = 'scripted';
  readonly passes: string[] = [];

  constructor(private readonly script: (key: string, pass: Pass) => Promise<Result>) {
    super();
  }

  reconcile(key: string, pass: Pass): Promise<Result> {
    this.passes.push(key);
    return this.script(key, pass);
  }
}

const passes = (reconciler: Scripted, group: string): number =>
  reconciler.passes.filter((key) => key.startsWith(group)).length;

function start(script: (key: string, pass: Pass) => Promise<Result>, workers = 1) {
  const clock = new ManualClock();
  const reconciler = new Scripted(script);
  const controller = new Controller(reconciler, clock, silentLogger(), {
    workers,
    deadlineMs: 1_000,
    random: () => 0,
  });
  controller.start();
  return { clock, controller, passes: reconciler.passes };
}

describe('a controller', () => {
  it('works on what it is woken for, once', async () => {
    const { controller, passes } = start(async () => DONE);
    controller.wake('a');
    controller.wake('a');
    controller.wake('b');
    await settle();
    expect(passes).toEqual(['a', 'b']);
    await controller.stop();
  });

  it('looks again when it was told to', async () => {
    const { clock, controller, passes } = start(async () => again(500));
    controller.wake('a');
    await clock.advance(499);
    expect(passes).toHaveLength(1);
    await clock.advance(1);
    expect(passes).toHaveLength(2);
    await controller.stop();
  });

  it('backs off after failures, counts them, and forgets them on success', async () => {
    const seen: number[] = [];
    const { clock, controller } = start(async (_key, { failures }) => {
      seen.push(failures);
      if (failures < 2) throw new Error('not yet');
      return DONE;
    });
    controller.wake('a');
    await clock.advance(15);
    expect(seen).toEqual([0, 1, 2]);
    controller.wake('a');
    await settle();
    expect(seen.at(-1)).toBe(0);
    await controller.stop();
  });

  it('aborts a pass at its deadline, and goes on with other keys', async () => {
    const { clock, controller, passes } = start(
      (key, { signal }) =>
        key === 'slow'
          ? new Promise((_resolve, reject) => {
              signal.addEventListener('abort', () => reject(signal.reason as Error));
            })
          : Promise.resolve(DONE),
      2,
    );
    controller.wake('slow');
    controller.wake('quick');
    await settle();
    expect(passes).toEqual(['slow', 'quick']);
    await clock.advance(1_005);
    expect(passes).toEqual(['slow', 'quick', 'slow']);
    await controller.stop();
  });

  it('works on no more keys at once than it has workers', async () => {
    let running = 0;
    let most = 0;
    const { clock, controller, passes } = start(async () => {
      most = Math.max(most, ++running);
      await clock.sleep(10);
      running--;
      return DONE;
    }, 3);
    for (let i = 0; i < 10; i++) controller.wake(`k${i}`);
    await clock.advance(100);
    expect(passes).toHaveLength(10);
    expect(most).toBe(3);
    await controller.stop();
  });

  it('goes on to other keys while a pass is slow, and waits for it when it stops', async () => {
    let open: () => void = () => undefined;
    let ended = false;
    const { clock, controller, passes } = start(
      (key) =>
        key === 'slow'
          ? new Promise((resolve) => {
              open = () => {
                ended = true;
                resolve(DONE);
              };
            })
          : Promise.resolve(DONE),
      1,
    );
    controller.wake('slow');
    controller.wake('quick');
    await clock.advance(999);
    expect(passes).toEqual(['slow']);
    controller.wake('slow');
    await clock.advance(1);
    expect(passes).toEqual(['slow', 'quick']);
    const stopped = controller.stop();
    await settle();
    expect(ended).toBe(false);
    open();
    await stopped;
    expect(passes).toEqual(['slow', 'quick']);
  });

  it('begins no more than so many slow passes', async () => {
    const { clock, controller, passes } = start(() => clock.sleep(900_000).then(() => DONE), 1);
    for (let i = 0; i < 40; i++) controller.wake(`k${i}`);
    for (let second = 0; second < 60; second++) await clock.advance(1_000);
    expect(passes).toHaveLength(17);
    for (let minute = 0; minute < 60; minute++) await clock.advance(60_000);
    expect(passes).toHaveLength(40);
    await controller.stop();
  });

  it('leaves workers to others when one group has much to do', async () => {
    const reconciler = new Scripted((key) =>
      key.startsWith('sick') ? new Promise(() => undefined) : Promise.resolve(DONE),
    );
    const controller = new Controller(reconciler, new ManualClock(), silentLogger(), {
      workers: 4,
      deadlineMs: 1_000,
      groupOf: (key) => key.split('/')[0] ?? '',
      mostOfAGroup: 2,
    });
    controller.start();
    for (let i = 0; i < 10; i++) controller.wake(`sick/${i}`);
    for (let i = 0; i < 10; i++) controller.wake(`well/${i}`);
    await settle();
    expect(passes(reconciler, 'sick')).toBe(2);
    expect(passes(reconciler, 'well')).toBe(10);
  });

  it('waits for the pass under way when it stops, and can start again', async () => {
    let ended = false;
    const { controller, passes } = start(
      (_key, { signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            ended = true;
            resolve(DONE);
          });
        }),
    );
    controller.wake('a');
    await settle();
    await controller.stop();
    expect(ended).toBe(true);
    controller.wake('dropped');
    controller.start();
    controller.wake('b');
    await settle();
    expect(passes).toEqual(['a', 'b']);
    await controller.stop();
  });
});
