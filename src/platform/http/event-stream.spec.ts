import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../errors/app-error.js';
import { eventStream, type ServerEvent, wantsEvents } from './event-stream.js';

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk.toString();
  return text;
}

afterEach(() => {
  vi.useRealTimers();
});

describe('a stream of events', () => {
  it.each([
    ['text/event-stream', true],
    ['application/json, Text/Event-Stream;q=0.9', true],
    ['text/event-stream;q=0', false],
    ['application/json', false],
    ['*/*', false],
    [undefined, false],
  ])('is what %s asks for: %s', (accept, wanted) => {
    expect(wantsEvents(accept)).toBe(wanted);
  });

  it('writes names, ids and one line of data', async () => {
    async function* events(): AsyncGenerator<ServerEvent> {
      yield { event: 'token', data: { content: 'a\nb' } };
      yield { event: 'line', id: '7', data: [] };
    }
    expect(await textOf(eventStream(events()))).toBe(
      ': alive\n\nevent: token\ndata: {"content":"a\\nb"}\n\nid: 7\nevent: line\ndata: []\n\n',
    );
  });

  it('ends with the body of an error answer when something fails', async () => {
    async function* events(): AsyncGenerator<ServerEvent> {
      yield { event: 'status', data: {} };
      throw new AppError('not_found', 'gone', 'It is gone.');
    }
    expect(await textOf(eventStream(events()))).toContain(
      'event: error\ndata: {"error":"It is gone.","code":"gone","requestId":""}\n\n',
    );
  });

  it('lets others have their turn while it writes what is there already', async () => {
    async function* events(): AsyncGenerator<ServerEvent> {
      for (let i = 0; i < 2_000; i++) yield { event: 'line', data: i };
    }
    let turns = 0;
    let next = setImmediate(function turn() {
      turns++;
      next = setImmediate(turn);
    });
    const text = await textOf(eventStream(events()));
    clearImmediate(next);
    expect(text).toContain('data: 1999');
    expect(turns).toBeGreaterThan(40);
  });

  it('leaves the loop when the reader leaves', async () => {
    let left = false;
    async function* events(): AsyncGenerator<ServerEvent> {
      try {
        for (let i = 0; ; i++) {
          yield { event: 'token', data: i };
          await sleep(5);
        }
      } finally {
        left = true;
      }
    }
    const stream = eventStream(events());
    await new Promise((resolve) => stream.once('data', resolve));
    stream.destroy();
    await expect.poll(() => left).toBe(true);
  });

  it('asks for no more than the reader takes, and gives up one that takes nothing', async () => {
    vi.useFakeTimers();
    let made = 0;
    let left = false;
    async function* events(): AsyncGenerator<ServerEvent> {
      try {
        for (;;) {
          made++;
          yield { event: 'token', data: 'x'.repeat(4096) };
        }
      } finally {
        left = true;
      }
    }
    const stream = eventStream(events());
    await vi.advanceTimersByTimeAsync(29_000);
    expect(made).toBeLessThan(32);
    expect(left).toBe(false);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(left).toBe(true);
    expect(stream.destroyed).toBe(true);
  });

  it('says at once and every 15 s that it is alive', async () => {
    vi.useFakeTimers();
    let go = (): void => undefined;
    async function* events(): AsyncGenerator<ServerEvent> {
      await new Promise<void>((resolve) => (go = resolve));
      yield { event: 'done', data: {} };
    }
    const text = textOf(eventStream(events()));
    await vi.advanceTimersByTimeAsync(31_000);
    go();
    expect(await text).toBe(': alive\n\n: alive\n\n: alive\n\nevent: done\ndata: {}\n\n');
  });
});
