import type { ChildRecord } from './child-record.js';
import type { ProcessIdentity } from './process-source.js';
import { isAlive } from './process-identity.js';

/** How a child ended. Of one that was taken over nobody learns it: both are null. */
export interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A child whose process is known. */
export class SupervisedChild {
  /**
   * @param folder where its record and its log are
   * @param exited resolves when a child of our own has been waited for; undefined for one that
   * was taken over, which has to be looked at
   */
  constructor(
    readonly folder: string,
    readonly process: ProcessIdentity,
    readonly record: Omit<ChildRecord, 'process'>,
    readonly exited?: Promise<ExitStatus>,
  ) {}

  isAlive(): boolean {
    return isAlive(this.process);
  }
}
