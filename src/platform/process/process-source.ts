/**
 * A process, beyond doubt: an id alone is given to somebody else after its owner has died.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the notation of the system; only ever compared for equality. */
  readonly startTime: string;
}

/** One line of the operating system's list of processes. */
export interface ProcessEntry extends ProcessIdentity {
  /** One letter, as `ps` shows it: `Z` and `X` are dead. */
  readonly state: string;
  readonly parentId: number;
  readonly groupId: number;
}

/** Where a system tells about its processes. */
export abstract class ProcessSource {
  /** The process with that id, a zombie included. */
  abstract read(pid: number): ProcessEntry | undefined;
  /** Every process that can be seen, zombies included. */
  abstract list(): ProcessEntry[];
  /**
   * A variable of the environment that a process was started with; undefined also when we may not
   * look. The value must be without blanks.
   */
  abstract variableOf(pid: number, name: string): string | undefined;
}
