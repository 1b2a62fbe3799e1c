import { Injectable } from '@nestjs/common';

/** Says what is wrong, one sentence each that names the rows; reads alone. */
export type IntegrityCheck = () => Promise<string[]>;

/** What must hold of the rows beyond what the database itself sees to; features add theirs. */
@Injectable()
export class IntegrityChecks {
  private readonly checks: IntegrityCheck[] = [];

  add(check: IntegrityCheck): void {
    this.checks.push(check);
  }

  /** @returns everything that was found */
  async run(): Promise<string[]> {
    const found: string[] = [];
    for (const check of this.checks) found.push(...(await check()));
    return found;
  }
}
