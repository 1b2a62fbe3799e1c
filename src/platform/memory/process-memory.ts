import { performance } from 'node:perf_hooks';

/** Memory and time of this process. */
export class ProcessMemory {
  private before = performance.eventLoopUtilization();

  /** Bytes in the machine's memory, shared ones included. */
  residentBytes(): number {
    return process.memoryUsage.rss();
  }

  /** The share of the time since the last call that the server's own thread was busy, 0 to 1. */
  busyShare(): number {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.before);
    this.before = now;
    return utilization;
  }

  /**
   * Collects what is no longer used and gives free pages back. Does nothing in a process that was
   * started without `--expose-gc`.
   */
  giveBack(): void {
    globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  }
}
