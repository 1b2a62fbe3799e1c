const WITHIN_MS = 60_000;
/** So many repairs within that time are taken for a quarrel with another controller. */
const MOST = 5;
/** A quarrel is looked at again after so long. */
export const CONTEST_RETRY_MS = 30_000;

/** Keeps two controllers that both mean it from rewriting a resource for ever. It is memory only. */
export class Contest {
  private readonly repairs = new Map<string, number[]>();

  /** Notes a repair that is about to be made; false when there were too many: wait. */
  mayRepair(key: string, nowMs: number): boolean {
    const recent = (this.repairs.get(key) ?? []).filter((atMs) => nowMs - atMs < WITHIN_MS);
    const isTooMany = recent.length >= MOST;
    this.repairs.set(key, isTooMany ? recent : [...recent, nowMs]);
    return !isTooMany;
  }

  /** Forgets a resource that is gone. */
  forget(key: string): void {
    this.repairs.delete(key);
  }
}
