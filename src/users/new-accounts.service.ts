import { Injectable } from '@nestjs/common';
import type { Tx } from '../platform/database/unit-of-work.js';

/** A part of the product that waits for people who have no account yet. */
export abstract class NewAccountListener {
  /** An account was made in this transaction; `email` is in lower case. */
  abstract accountMade(tx: Tx, account: { id: string; email: string }): Promise<void>;
}

/** Tells of new accounts in the transaction that makes them; parts add themselves. */
@Injectable()
export class NewAccounts {
  private readonly listeners: NewAccountListener[] = [];

  add(listener: NewAccountListener): void {
    this.listeners.push(listener);
  }

  async made(tx: Tx, { id, email }: { id: string; email: string }): Promise<void> {
    for (const listener of this.listeners) await listener.accountMade(tx, { id, email });
  }
}
