import type { Clock, Timer } from '../clock/clock.js';
import { type PromptClient, promptSession } from './postgres-client.js';

/** Only the holder of the lease reconciles; every replica serves. */
export abstract class Lease {
  /** Whether this process has it now. */
  abstract get held(): boolean;
  /** What keeps everybody from having it, for people; undefined when one of the replicas can. */
  get trouble(): string | undefined {
    return undefined;
  }
  /**
   * Starts trying. `gained` and `lost` may be called several times, in turn; after `lost` nothing
   * that the lease protects may go on. `barred` is called at every try while nobody at all can have
   * the lease, because the place where it is kept is being deleted.
   */
  abstract start(gained: () => void, lost: () => void, barred?: () => void): Promise<void>;
  /** Gives the lease up, so that another replica can take it at once. */
  abstract stop(): Promise<void>;
}

/** On SQLite there is one server: the one that holds the data folder. */
export class FolderLease extends Lease {
  held = true;

  async start(gained: () => void): Promise<void> {
    gained();
  }

  async stop(): Promise<void> {
    this.held = false;
  }
}

/** Any fixed number; the same for every server of the product. */
const LEASE_LOCK = 0x6e_65_78_32;
const RETRY_MS = 2_000;

/**
 * A PostgreSQL advisory lock on a session of its own. The session is checked every two seconds;
 * when it is gone, or does not answer, so is the lock.
 */
export class AdvisoryLockLease extends Lease {
  private client: PromptClient | undefined;
  private timer: Timer | undefined;
  held = false;
  private stopped = true;
  private gained: () => void = () => undefined;
  private lost: () => void = () => undefined;

  constructor(
    private readonly url: string,
    private readonly clock: Clock,
  ) {
    super();
  }

  async start(gained: () => void, lost: () => void): Promise<void> {
    this.gained = gained;
    this.lost = lost;
    this.stopped = false;
    await this.tick();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    await this.drop(this.client);
  }

  private async tick(): Promise<void> {
    try {
      await this.tryOnce(await this.session());
    } catch {
      await this.drop(this.client);
    }
    if (!this.stopped) this.timer = this.clock.after(RETRY_MS, () => void this.tick());
  }

  private async tryOnce(client: PromptClient): Promise<void> {
    if (this.held) {
      await client.query('SELECT 1');
      return;
    }
    const answer = await client.query<{ held: boolean }>(
      'SELECT pg_try_advisory_lock($1) AS held',
      [LEASE_LOCK],
    );
    if (answer.rows[0]?.held !== true || this.stopped || this.client !== client) return;
    this.held = true;
    this.gained();
  }

  private async session(): Promise<PromptClient> {
    if (this.client !== undefined) return this.client;
    const client = promptSession(this.url, 'nexus-lease');
    client.on('error', () => void this.drop(client));
    this.client = client;
    await client.connect();
    return client;
  }

  /** A session that was replaced already takes nothing along. */
  private async drop(client: PromptClient | undefined): Promise<void> {
    if (client === undefined || this.client !== client) return;
    this.client = undefined;
    if (this.held) {
      this.held = false;
      this.lost();
    }
    await client.close();
  }
}
