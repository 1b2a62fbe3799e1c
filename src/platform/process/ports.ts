import { createServer } from 'node:net';

/** First and last port, both included. */
export interface PortRange {
  first: number;
  last: number;
}

/** Gives out free ports of a range, each to one taker. */
export class PortAllocator {
  private readonly taken = new Set<number>();
  private next: number;

  constructor(
    private readonly range: PortRange,
    private readonly host: string,
  ) {
    this.next = range.first;
  }

  /** Notes a port that is in use by a child that was taken over. */
  reserve(port: number): void {
    this.taken.add(port);
  }

  release(port: number): void {
    this.taken.delete(port);
  }

  /**
   * A port that nobody listens on.
   *
   * @throws Error when the whole range is in use
   */
  async take(): Promise<number> {
    const size = this.range.last - this.range.first + 1;
    for (let tried = 0; tried < size; tried++) {
      const port = this.next;
      this.next = port === this.range.last ? this.range.first : port + 1;
      if (this.taken.has(port)) continue;
      this.taken.add(port);
      if (await this.isFree(port)) return port;
      this.taken.delete(port);
    }
    throw new Error(`All ports from ${this.range.first} to ${this.range.last} are in use`);
  }

  private isFree(port: number): Promise<boolean> {
    return new Promise((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen({ port, host: this.host, exclusive: true }, () => {
        server.close(() => resolve(true));
      });
    });
  }
}
