import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Clock, Timer } from '../clock/clock.js';
import { type PromptClient, promptSession } from '../database/postgres-client.js';
import type { Tx } from '../database/unit-of-work.js';
import { WakeChannel } from './wake-channel.js';

const CHANNEL = 'nexus_wake';
const RECONNECT_MS = 1_000;
/**
 * A connection that was cut without a word, and a server that hangs, look like one on which nothing
 * happens.
 */
const ASK_EVERY_MS = 250;

const noticeSchema = z.object({
  /** Who published it, and as which of theirs. */
  from: z.string(),
  n: z.int().default(0),
  topic: z.string(),
  key: z.string(),
});
type Notice = z.output<typeof noticeSchema>;

/**
 * Wakes across processes through LISTEN and NOTIFY. The notice is part of the transaction, so it
 * comes after the commit and not without it. After every reconnect listeners are told of the gap.
 *
 * What this process commits it hears of twice: when the commit is answered, and by notice. The second
 * is dropped. The first may be missing, when the connection breaks before the answer.
 */
export class PostgresWakeChannel extends WakeChannel {
  private readonly self = randomUUID();
  private published = 0;
  /** The wakes of our own that were heard of once. */
  private readonly once = new Set<number>();
  private client: PromptClient | undefined;
  /** The next question, or the next try to have a session. */
  private next: Timer | undefined;
  private stopped = true;

  constructor(
    private readonly url: string,
    clock: Clock,
  ) {
    super(clock);
  }

  override async publish(tx: Tx, topic: string, key: string): Promise<void> {
    const notice: Notice = { from: this.self, n: ++this.published, topic, key };
    tx.afterCommit(() => this.hear(notice));
    await tx.manager.query('SELECT pg_notify($1, $2)', [CHANNEL, JSON.stringify(notice)]);
  }

  override async start(): Promise<void> {
    this.stopped = false;
    await this.connect();
  }

  override async stop(): Promise<void> {
    this.stopped = true;
    this.next?.cancel();
    this.heardNothing();
    const client = this.client;
    this.client = undefined;
    await client?.close();
  }

  private async connect(): Promise<void> {
    const client = promptSession(this.url, 'nexus-wake');
    client.on('notification', ({ payload }) => this.receive(payload));
    client.on('error', () => this.lost(client));
    client.on('end', () => this.lost(client));
    this.client = client;
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
      this.gap();
      await this.ask(client);
    } catch {
      this.lost(client);
    }
  }

  /** Notices come before the answer to a question that was asked after them. */
  private async ask(client: PromptClient): Promise<void> {
    const askedMs = this.clock.monotonicMs();
    await client.query('SELECT 1');
    if (this.client !== client || this.stopped) return;
    this.heardAll(askedMs);
    this.next = this.clock.after(ASK_EVERY_MS, () => {
      this.ask(client).catch(() => this.lost(client));
    });
  }

  private receive(payload: string | undefined): void {
    const notice = readNotice(payload);
    if (notice?.from === this.self) this.hear(notice);
    else if (notice !== undefined) this.deliver(notice);
  }

  /** Delivers a wake of our own the first time that it is heard of. */
  private hear(own: Notice): void {
    if (this.once.delete(own.n)) return;
    if (this.client !== undefined) this.once.add(own.n);
    this.deliver(own);
  }

  private lost(client: PromptClient): void {
    if (this.client !== client || this.stopped) return;
    this.client = undefined;
    this.once.clear();
    this.next?.cancel();
    this.heardNothing();
    void client.close();
    this.next = this.clock.after(RECONNECT_MS, () => void this.connect());
  }
}

/** Anybody may notify the channel; what is no notice of ours is undefined. */
function readNotice(payload = ''): Notice | undefined {
  try {
    return noticeSchema.parse(JSON.parse(payload));
  } catch {
    return undefined;
  }
}
