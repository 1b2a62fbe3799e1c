import { Injectable } from '@nestjs/common';
import type { Tx } from '../database/unit-of-work.js';
import { UnitOfWork } from '../database/unit-of-work.js';

/** Rows of one kind that are kept for a while; the feature that they belong to says which. */
export interface OldRows<K> {
  /** For logs, for example `audit entries`. */
  readonly name: string;
  /** Keys of up to `most` rows that are past their time; reads alone. */
  find(now: Date, most: number): Promise<K[]>;
  remove(tx: Tx, keys: K[]): Promise<void>;
}

/** One kind of rows as the schedule sees it. */
export interface Pruner {
  readonly name: string;
  /**
   * Removes up to `most` rows in one unit of work; begins none when there is nothing to remove.
   *
   * @returns how many it found
   */
  prune(now: Date, most: number): Promise<number>;
}

/** Everything that is kept for a while only; features add theirs, and it is removed in that order. */
@Injectable()
export class Retention {
  private readonly kinds: Pruner[] = [];

  constructor(private readonly units: UnitOfWork) {}

  add<K>(rows: OldRows<K>): void {
    const prune = async (now: Date, most: number): Promise<number> => {
      const keys = await rows.find(now, most);
      if (keys.length > 0) await this.units.run((tx) => rows.remove(tx, keys));
      return keys.length;
    };
    this.kinds.push({ name: rows.name, prune });
  }

  all(): readonly Pruner[] {
    return this.kinds;
  }
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** The time so many days ago, as the database keeps it. */
export function daysBefore(now: Date, days: number): string {
  return new Date(now.getTime() - days * DAY_MS).toISOString();
}
