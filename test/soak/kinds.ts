/** The kinds of things that are changed while the server is killed: how, and how they look. */
import type { Random } from '../support/random.js';
import type { Acknowledged, Change, Thing } from './acknowledged.js';
import type { Callers } from './callers.js';

/** What all kinds work with. */
export interface Surroundings {
  model: Acknowledged;
  callers: Callers;
  random: Random;
}

/** A change, and the call that asks for it. */
export interface Plan extends Change {
  /**
   * @throws Gone when the answer did not come
   * @throws Violation for an answer that nobody should get
   */
  ask(headers: Readonly<Record<string, string>>): Promise<unknown>;
}

/** Things of one kind. */
export abstract class Kind {
  private static marks = 0;
  abstract readonly things: readonly Thing[];

  constructor(protected readonly around: Surroundings) {}

  /** Something that may be done to a thing as it is. */
  abstract plan(thing: Thing): Plan;

  /**
   * Looks at all of them through the API and settles them.
   *
   * @throws Violation when one is not what it must be
   */
  abstract look(): Promise<void>;

  /** A number that was never given before, for what must not be equal to anything else. */
  protected mark(): number {
    return ++Kind.marks;
  }
}
