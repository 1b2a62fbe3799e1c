import { Counter, Histogram, type Registry } from 'prom-client';
import { UnitObserver } from '../database/unit-observer.js';
import { SHORT_SECONDS } from './buckets.js';

/** How long units of work wait for the database, and how long they take. */
export class PrometheusUnits extends UnitObserver {
  private readonly total: Counter<'outcome'>;
  private readonly waited: Histogram;
  private readonly ran: Histogram;

  constructor(registry: Registry) {
    super();
    const registers = [registry];
    this.total = new Counter({
      name: 'nexus_database_units_total',
      help: 'Number of units of work, by outcome.',
      labelNames: ['outcome'],
      registers,
    });
    this.waited = new Histogram({
      name: 'nexus_database_unit_wait_seconds',
      help: 'Time that a unit of work waited for its turn or for a connection.',
      buckets: SHORT_SECONDS,
      registers,
    });
    this.ran = new Histogram({
      name: 'nexus_database_unit_run_seconds',
      help: 'Time that a unit of work ran.',
      buckets: SHORT_SECONDS,
      registers,
    });
  }

  override ended(outcome: 'done' | 'failed', waitedMs: number, ranMs: number): void {
    this.total.inc({ outcome });
    this.waited.observe(waitedMs / 1000);
    this.ran.observe(ranMs / 1000);
  }
}
