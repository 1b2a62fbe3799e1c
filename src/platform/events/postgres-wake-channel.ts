import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { z } from 'zod';
import type { Clock, Timer } from '../clock/clock.js';
import type { Tx } from '../database/unit-of-work.js';
import { WakeChannel } from './wake-channel.js';

const CHANNEL = 'nexus_wake';
const RECONNECT_MS = 1_000;

const noticeSchema = z.object({ from: z.string(), topic: z.string(), key: z.string() });

/**
 * Wakes across processes through LISTEN and NOTIFY. The notice is part of the transaction, so it
 * comes after the commit and not without it. After every reconnect listeners are told of the gap.
 */
export class PostgresWakeChannel extends WakeChannel {
  private readonly self = randomUUID();
  private client: pg.Client | undefined;
  private retry: Timer | undefined;
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
    this.retry?.cancel();
    const client = this.client;
    this.client = undefined;
    await client?.end().catch(() => undefined);
  }

  private async connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url,
      application_name: 'nexus-wake',
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
    });
    client.on('notification', ({ payload }) => this.receive(payload));
    client.on('error', () => this.lost(client));
    client.on('end', () => this.lost(client));
    this.client = client;
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
      this.gap();
    } catch {
      this.lost(client);
    }
  }

  private receive(payload: string | undefined): void {
    const notice = readNotice(payload);
    if (notice === undefined || notice.from === this.self) return;
    this.deliver({ topic: notice.topic, key: notice.key });
  }

  private lost(client: pg.Client): void {
    if (this.client !== client || this.stopped) return;
    this.client = undefined;
    void client.end().catch(() => undefined);
    this.retry = this.clock.after(RECONNECT_MS, () => void this.connect());
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
