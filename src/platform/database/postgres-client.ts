import type { Duplex } from 'node:stream';
import pg from 'pg';

// How long anything may wait for PostgreSQL. A request waits for a connection, then for its
// statements, and gives up at the first that takes too long: within five seconds in all.

/** To connect, or to get a connection of the pool that is free. */
export const CONNECT_LIMIT_MS = 1_500;

/** All statements of a unit of work, its retries included. */
export const UNIT_LIMIT_MS = 2_500;

/** For the end of a session that the server does not answer any more. */
const CLOSE_LIMIT_MS = 1_000;

/** PostgreSQL itself ends a statement that takes longer, for example because it waits for a lock. */
const STATEMENT_LIMIT_MS = 2_000;

/** For what does not even answer that: the connection is given up. */
const ANSWER_LIMIT_MS = 2_250;

/** A process that stops in the middle of a unit does not keep its locks for longer. */
const IDLE_IN_UNIT_LIMIT_MS = 10_000;

/**
 * A connection that is cut when an answer does not come in time. It is of no use any more then:
 * nobody knows what the statement did, and the next one would wait behind it.
 */
export class PromptClient extends pg.Client {
  /** Gives the connection up; whatever waits for an answer fails. */
  cut(): void {
    (this as unknown as { connection: { stream: Duplex } }).connection.stream.destroy();
  }

  /** Says goodbye, to a server that hangs as well. Never rejects. */
  async close(): Promise<void> {
    const late = setTimeout(() => this.cut(), CLOSE_LIMIT_MS);
    await this.end().catch(() => undefined);
    clearTimeout(late);
  }

  private cutLater(): NodeJS.Timeout {
    return setTimeout(() => this.cut(), ANSWER_LIMIT_MS);
  }

  private async within<T>(answer: Promise<T>): Promise<T> {
    const late = this.cutLater();
    try {
      return await answer;
    } finally {
      clearTimeout(late);
    }
  }

  private calling(callback: Callback): Callback {
    const late = this.cutLater();
    return (...answer) => {
      clearTimeout(late);
      callback(...answer);
    };
  }

  static {
    // The overloads of `query` cannot be written again one by one. The ORM and the sessions of our
    // own ask for a promise, the pool's `query` gives a callback.
    const { query } = pg.Client.prototype as unknown as { query: Query };
    Object.defineProperty(PromptClient.prototype, 'query', {
      value(this: PromptClient, ...args: unknown[]): unknown {
        const last = args.at(-1);
        if (typeof last === 'function') {
          return query.apply(this, args.with(args.length - 1, this.calling(last as Callback)));
        }
        const answer = query.apply(this, args);
        return answer instanceof Promise ? this.within(answer) : answer;
      },
    });
  }
}

type Query = (...args: unknown[]) => unknown;
type Callback = (...answer: unknown[]) => void;

/** What makes a pool wait for nothing any longer than the limits. */
export const PROMPT_POOL = {
  Client: PromptClient,
  connectionTimeoutMillis: CONNECT_LIMIT_MS,
  keepAlive: true,
  // Not with the start of the session: poolers between us and the server refuse what they do not know.
  onConnect: async (client: pg.Client): Promise<void> => {
    await client.query(
      `SET statement_timeout = ${STATEMENT_LIMIT_MS}; SET lock_timeout = ${STATEMENT_LIMIT_MS};
       SET idle_in_transaction_session_timeout = ${IDLE_IN_UNIT_LIMIT_MS}`,
    );
  },
} as const;

/** A session of its own, not connected yet; its user listens to `error`. */
export function promptSession(url: string, name: string): PromptClient {
  return new PromptClient({
    connectionString: url,
    application_name: name,
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_LIMIT_MS,
  });
}
