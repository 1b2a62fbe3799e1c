import { Counter, Histogram, type Registry } from 'prom-client';
import { LONG_SECONDS } from './buckets.js';
import { CallObserver } from './call-observer.js';

/** Calls to a service by operation and outcome, and how long they take. */
export class PrometheusCalls extends CallObserver {
  private readonly total: Counter<'operation' | 'outcome'>;
  private readonly seconds: Histogram<'operation'>;

  constructor(registry: Registry, name: string, what: string) {
    super();
    this.total = new Counter({
      name: `${name}s_total`,
      help: `Number of ${what}, by operation and outcome.`,
      labelNames: ['operation', 'outcome'],
      registers: [registry],
    });
    this.seconds = new Histogram({
      name: `${name}_duration_seconds`,
      help: `Duration of ${what}.`,
      labelNames: ['operation'],
      buckets: LONG_SECONDS,
      registers: [registry],
    });
  }

  override ended(operation: string, outcome: string, tookMs: number): void {
    this.total.inc({ operation, outcome });
    this.seconds.observe({ operation }, tookMs / 1000);
  }
}
