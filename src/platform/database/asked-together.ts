import { setImmediate as endOfTurn, setTimeout as sleep } from 'node:timers/promises';
import { isStorageUnavailable } from './database-errors.js';
import type { HotValue } from './hot-query.js';

type Values = readonly HotValue[];

/** Gives the answer to each of several questions, in their order. */
type AskAll<A> = (asked: readonly Values[]) => Promise<readonly A[]>;

interface Question<A> {
  readonly values: Values;
  readonly answer: Promise<A>;
  readonly resolve: (answer: A) => void;
  readonly reject: (error: unknown) => void;
}

/** How many questions go out at once. */
const MOST = 128;
/** A batch that takes longer holds the next one up no more: it may hang, or be far away. */
const HELD_MS = 5;

/**
 * Gathers what requests ask a database at the same time, so that it goes there once: what is asked in
 * one turn of the event loop, or while the batch before is under way. Equal questions are asked once.
 * This is no memory: a question is shared only until it is sent, so every answer is read after
 * everybody who gets it has asked.
 */
export class AskedTogether<A> {
  private waiting = new Map<string, Question<A>>();
  private before: Promise<unknown> = Promise.resolve();

  /** @param askAll several questions at once; each is asked alone when that fails */
  constructor(private readonly askAll: AskAll<A>) {}

  ask(values: Values): Promise<A> {
    const key = JSON.stringify(values);
    const known = this.waiting.get(key);
    if (known !== undefined) return known.answer;
    const question = newQuestion<A>(values);
    this.waiting.set(key, question);
    if (this.waiting.size === 1) void this.sendSoon(this.waiting);
    if (this.waiting.size === MOST) this.send(this.waiting);
    return question.answer;
  }

  private async sendSoon(batch: Map<string, Question<A>>): Promise<void> {
    await endOfTurn();
    await this.before;
    if (batch === this.waiting) this.send(batch);
  }

  private send(batch: Map<string, Question<A>>): void {
    this.waiting = new Map();
    const done = this.answer([...batch.values()]);
    this.before = Promise.race([done, sleep(HELD_MS, undefined, { ref: false })]);
  }

  private async answer(questions: readonly Question<A>[]): Promise<void> {
    try {
      const answers = await this.askAll(questions.map(({ values }) => values));
      for (const [n, { resolve }] of questions.entries()) resolve(answers[n] as A);
    } catch (error) {
      await this.answerAlone(questions, error);
    }
  }

  /** One question that cannot be answered is no reason to refuse the others. */
  private async answerAlone(questions: readonly Question<A>[], error: unknown): Promise<void> {
    if (questions.length > 1 && !isStorageUnavailable(error)) {
      await Promise.all(questions.map((question) => this.answer([question])));
      return;
    }
    for (const { reject } of questions) reject(error);
  }
}

function newQuestion<A>(values: Values): Question<A> {
  const { promise: answer, resolve, reject } = Promise.withResolvers<A>();
  return { values, answer, resolve, reject };
}
