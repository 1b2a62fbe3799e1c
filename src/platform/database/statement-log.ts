import type { Logger } from 'typeorm';

/** Hands on what fails; the rest of what the ORM would write to the console goes nowhere. */
export class StatementLog implements Logger {
  constructor(private readonly failed: (error: unknown) => void) {}

  logQueryError(error: string | Error): void {
    this.failed(error);
  }

  logQuery(): void {}

  logQuerySlow(): void {}

  logSchemaBuild(): void {}

  logMigration(): void {}

  log(): void {}
}
