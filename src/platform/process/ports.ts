import { createServer } from 'node:net';
import { AppError } from '../errors/app-error.js';

/** First and last port, both included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** Gives out free ports of a range, each to one taker. */
export class PortAllocator {
  private readonly taken = new Set<number>();
  private next: number;

  /**
   * @param host the address that the ports must be free on
   * @param random gives a number in [0, 1). Two programs that share a range start at different
   * places, so that they do not both find the same port free before either uses it.
   */
  constructor(
    private readonly range: PortRange,
    private readonly host = '127.0.0.1',
    random: () => number = Math.random,
  ) {
    this.next = range.first + Math.floor(random() * this.size);
  }

  /** Notes a port that is in use, for example by a child that was taken over. */
  reserve(port: number): void {
    this.taken.add(port);
  }

  /** Gives a port back. */
  release(port: number): void {
    this.taken.delete(port);
  }

  /**
   * A port that nobody listens on and nobody else was given. A port that was given back is the
   * last to be given again.
   *
   * @throws AppError unavailable, when the whole range is in use
   */
  async take(): Promise<number> {
    for (let tried = 0; tried < this.size; tried++) {
      const port = this.next;
      this.next = port === this.range.last ? this.range.first : port + 1;
      if (this.taken.has(port)) continue;
      // Before the first await, so that nobody else gets it while it is tried.
      this.taken.add(port);
      if (await canListen(port, this.host)) return port;
      this.taken.delete(port);
    }
    const { first, last } = this.range;
    throw new AppError(
      'unavailable',
      'no_free_port',
      `All ports from ${first} to ${last} are in use; widen the range.`,
    );
  }

  private get size(): number {
    return this.range.last - this.range.first + 1;
  }
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
