/**
 * The reference model: what every thing was acknowledged to be. A change whose answer never came
 * may have happened or not; whoever looks next settles it, and then the audit has to agree: one
 * entry for what happened, none for what did not.
 */

/** What a thing looks like from outside, as text. */
export type State = string;

/** The state of what is not there. */
export const ABSENT: State = 'absent';

/** One change that is asked for. */
export interface Change {
  /** What the audit calls it. */
  action: string;
  next: State;
}

interface Attempt extends Change {
  requestId: string;
}

/** Something that the product has promised otherwise. */
export class Violation extends Error {}

/** A thing that one worker at a time changes. */
export class Thing {
  private outstanding: Attempt | undefined;

  constructor(
    readonly name: string,
    private settled: State = ABSENT,
  ) {}

  /** What it is; only when nothing is outstanding. */
  get state(): State {
    if (this.outstanding !== undefined) throw new Error(`${this.name} is not settled`);
    return this.settled;
  }

  begin(attempt: Attempt): void {
    this.outstanding = attempt;
  }

  /** Makes it what it was at some other time. */
  putBack(state: State): void {
    this.settled = state;
    this.outstanding = undefined;
  }

  acknowledge(): void {
    this.settled = this.outstanding?.next ?? this.settled;
    this.outstanding = undefined;
  }

  /**
   * Takes what was seen for the truth.
   *
   * @param looks whether a state looks like what was seen
   * @returns the attempt that had no answer, and whether it happened
   * @throws Violation when neither the one state nor the other was seen
   */
  settle(
    looks: (state: State) => boolean,
    seen: string,
  ): { attempt: Attempt; happened: boolean } | undefined {
    const { outstanding: attempt, settled } = this;
    if (attempt !== undefined && looks(attempt.next)) {
      this.acknowledge();
      return { attempt, happened: true };
    }
    if (!looks(settled)) {
      const or = attempt === undefined ? '' : ` or, by ${attempt.requestId}, ${attempt.next}`;
      throw new Violation(`${this.name} must be ${settled}${or}, and is ${seen}`);
    }
    this.outstanding = undefined;
    return attempt && { attempt, happened: false };
  }
}

/** A change, and when it was asked for and answered, on a clock that never jumps. */
export interface Operation {
  readonly thing: Thing;
  readonly next: State;
  readonly requestId: string;
  readonly beganMs: number;
  /** Infinity as long as there is no answer. */
  endedMs: number;
}

/** An entry of the audit. */
export interface Entry {
  number: number;
  action: string;
  requestId: string | null;
}

export class Acknowledged {
  /** Actions of the changes since the last look at the audit, by request. */
  private readonly happened = new Map<string, string>();
  private readonly never = new Set<string>();
  /** Actions of the changes that were asked for and have no answer yet, by request. */
  private readonly open = new Map<string, string>();
  private readonly watchers = new Map<string, () => void>();
  private listener = (): void => undefined;
  private counter = 0;
  /** Changes that were answered. */
  answered = 0;
  /** Changes that had no answer, and happened or not. */
  readonly unanswered = { happened: 0, never: 0 };
  /** Every change in its order, when somebody wants to know. */
  readonly history: Operation[] = [];

  constructor(private readonly remembers = false) {}

  /** Notes a change before it is asked for; gives the id of its request. */
  begin(thing: Thing, change: Change): string {
    const requestId = `soak-${++this.counter}`;
    thing.begin({ ...change, requestId });
    this.open.set(requestId, change.action);
    this.watchers.get(change.action)?.();
    this.watchers.delete(change.action);
    if (this.remembers) {
      const beganMs = performance.now();
      this.history.push({ thing, next: change.next, requestId, beganMs, endedMs: Infinity });
    }
    return requestId;
  }

  /** Waits until the next change of that kind is about to be asked for. */
  begun(action: string): Promise<void> {
    return new Promise((resolve) => this.watchers.set(action, resolve));
  }

  /** Waits until the next change is answered. */
  heard(): Promise<void> {
    return new Promise((resolve) => (this.listener = resolve));
  }

  /** Whether the answer to a change of that kind is outstanding. */
  awaits(action: string): boolean {
    return [...this.open.values()].includes(action);
  }

  /** Notes the answer. */
  acknowledge(thing: Thing, { action }: Change, requestId: string): void {
    thing.acknowledge();
    this.open.delete(requestId);
    this.happened.set(requestId, action);
    this.answered++;
    this.listener();
    const operation = this.history.findLast((one) => one.requestId === requestId);
    if (operation !== undefined) operation.endedMs = performance.now();
  }

  /** Takes things as they were when exactly these requests had been carried out. */
  putBack(things: readonly Thing[], kept: ReadonlySet<string>): void {
    for (const thing of things) thing.putBack(ABSENT);
    for (const { thing, next, requestId } of this.history) {
      if (kept.has(requestId)) thing.putBack(next);
    }
    this.open.clear();
    this.happened.clear();
  }

  /** Holds what was seen of a thing to what it must be. */
  settle(thing: Thing, seen: State, looks = (state: State): boolean => state === seen): void {
    const outcome = thing.settle(looks, seen);
    if (outcome === undefined) return;
    const { requestId, action } = outcome.attempt;
    this.open.delete(requestId);
    if (outcome.happened) this.happened.set(requestId, action);
    else this.never.add(requestId);
    this.unanswered[outcome.happened ? 'happened' : 'never']++;
  }

  /**
   * Holds the audit to what happened since the last time.
   *
   * @throws Violation for an entry that is missing, there twice, or about what did not happen
   */
  settleAudit(entries: readonly Entry[]): void {
    const found = new Map<string, string[]>();
    for (const { requestId, action } of entries) {
      if (requestId === null) continue;
      found.set(requestId, [...(found.get(requestId) ?? []), action]);
    }
    for (const [requestId, action] of this.happened) {
      const actions = found.get(requestId) ?? [];
      if (actions.length === 1 && actions[0] === action) continue;
      throw new Violation(`${requestId} was ${action}, and the audit has [${actions.join()}]`);
    }
    const wrong = [...found.keys()].filter((requestId) => this.never.has(requestId));
    if (wrong.length > 0) throw new Violation(`the audit tells of what never was: ${wrong.join()}`);
    const numbers = new Set(entries.map(({ number }) => number));
    if (numbers.size < entries.length) throw new Violation('the audit has a number twice');
    this.happened.clear();
  }
}

/**
 * The moment at which exactly these requests had been carried out: after the last of them was
 * asked for, and before any other one was answered.
 *
 * @throws Violation when there is none
 */
export function momentOf(
  history: readonly Operation[],
  kept: ReadonlySet<string>,
): { afterMs: number; beforeMs: number } {
  const there = history.filter(({ requestId }) => kept.has(requestId));
  const others = history.filter(({ requestId }) => !kept.has(requestId));
  const [last] = there.toSorted((one, other) => other.beganMs - one.beganMs);
  const [first] = others.toSorted((one, other) => (one.endedMs < other.endedMs ? -1 : 1));
  const moment = { afterMs: last?.beganMs ?? 0, beforeMs: first?.endedMs ?? Infinity };
  if (moment.afterMs <= moment.beforeMs) return moment;
  throw new Violation(`${last?.requestId} is there, and ${first?.requestId} before it is not`);
}
