import { Injectable } from '@nestjs/common';

/** Says `ok`, or in a few words what is wrong; a rejection counts as wrong, too. */
export type HealthCheck = () => Promise<string>;

const CHECK_TIMEOUT_MS = 2_000;

/** What must hold before this process should get requests; parts add theirs. */
@Injectable()
export class HealthChecks {
  private readonly checks = new Map<string, HealthCheck>();

  add(name: string, check: HealthCheck): void {
    this.checks.set(name, check);
  }

  /** Runs every check beside the others; none takes longer than two seconds. */
  async run(): Promise<Record<string, string>> {
    const results = await Promise.all(
      [...this.checks].map(async ([name, check]) => [name, await outcome(check)] as const),
    );
    return Object.fromEntries(results);
  }
}

async function outcome(check: HealthCheck): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('no answer in time'), CHECK_TIMEOUT_MS);
  });
  try {
    return await Promise.race([check(), late]);
  } catch {
    return 'unavailable';
  } finally {
    clearTimeout(timer);
  }
}
