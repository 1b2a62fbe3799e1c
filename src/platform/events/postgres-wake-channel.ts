import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Clock, Timer } from '../clock/clock.js';
import { type PromptClient, promptSession } from '../database/postgres-client.js';
import type { Tx } from '../database/unit-of-work.js';
import { WakeChannel } from './wake-channel.js';

const CHANNEL = 'nexus_wake';
const RECONNECT_MS = 1_000;
/** A server that hangs, or a network that swallows everything, says nothing by itself. */
const CHECK_EVERY_MS = 2_000;

const noticeSchema = z.object({ from: z.string(), topic: z.string(), key: z.string() });

/**
 * Wakes across processes through LISTEN and NOTIFY. The notice is part of the transaction, so it
 * comes after the commit and not without it. After every reconnect listeners are told of the gap.
 */
export class PostgresWakeChannel extends WakeChannel {
  private readonly self = randomUUID();
  private client: PromptClient | undefined;
  /** The next look at the session, or the next try to have one. */
  private next: Timer | undefined;
  private stopped = true;

  constructor(
    private readonly url: string,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async publish(tx: Tx, topic: string, key: string): Promise<void> {
    await super.publish(tx, topic, key);
    const payload = JSON.stringify({ from: this.self, topic, key });
    await tx.manager.query('SELECT pg_notify($1, $2)', [CHANNEL, payload]);
  }

  override async start(): Promise<void> {
    this.stopped = false;
    await this.connect();
  }

  override async stop(): Promise<void> {
    this.stopped = true;
    this.next?.cancel();
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
      this.checkLater(client);
    } catch {
      this.lost(client);
    }
  }

  private checkLater(client: PromptClient): void {
    if (this.client !== client || this.stopped) return;
    this.next = this.clock.after(CHECK_EVERY_MS, () => {
      client.query('SELECT 1').then(
        () => this.checkLater(client),
        () => this.lost(client),
      );
    });
  }

  private receive(payload: string | undefined): void {
    const notice = readNotice(payload);
    if (notice === undefined || notice.from === this.self) return;
    this.deliver({ topic: notice.topic, key: notice.key });
  }

  private lost(client: PromptClient): void {
    if (this.client !== client || this.stopped) return;
    this.client = undefined;
    this.next?.cancel();
    void client.close();
    this.next = this.clock.after(RECONNECT_MS, () => void this.connect());
  }
}

/** Anybody may notify the channel; what is no notice of ours is undefined. */
function readNotice(payload = ''): z.output<typeof noticeSchema> | undefined {
  try {
    return noticeSchema.parse(JSON.parse(payload));
  } catch {
    return undefined;
  }
}
