import type { Clock } from '../clock/clock.js';

/** Where requests wait that are answered slowly on purpose: a bounded number, some from each. */
export class WaitingRoom {
  private readonly byOwner = new Map<string, number>();
  private taken = 0;

  /**
   * @param places how many may wait at the same time
   * @param placesEach how many of them for one owner
   */
  constructor(
    private readonly clock: Clock,
    private readonly places: number,
    private readonly placesEach: number,
  ) {}

  /**
   * Waits, or until `signal` aborts.
   *
   * @param owner whose request it is, for example an address
   * @returns false at once when there is no place
   */
  async wait(owner: string, delayMs: number, signal: AbortSignal): Promise<boolean> {
    const own = this.byOwner.get(owner) ?? 0;
    if (this.taken >= this.places || own >= this.placesEach) return false;
    this.taken++;
    this.byOwner.set(owner, own + 1);
    await this.clock.sleep(delayMs, signal);
    this.leave(owner);
    return true;
  }

  private leave(owner: string): void {
    this.taken--;
    const own = (this.byOwner.get(owner) ?? 1) - 1;
    if (own === 0) this.byOwner.delete(owner);
    else this.byOwner.set(owner, own);
  }
}
