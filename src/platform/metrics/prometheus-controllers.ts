import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import {
  ControllerObserver,
  PASS_OUTCOMES,
  type PassOutcome,
} from '../controller/controller-observer.js';
import { LONG_SECONDS, SHORT_SECONDS } from './buckets.js';

/** Controllers and their queues, under the names of controller-runtime and client-go. */
export class PrometheusControllers extends ControllerObserver {
  private readonly passes: Counter<'controller' | 'result'>;
  private readonly errors: Counter<'controller'>;
  private readonly seconds: Histogram<'controller'>;
  private readonly active: Gauge<'controller'>;
  private readonly depth: Gauge<'name'>;
  private readonly adds: Counter<'name'>;
  private readonly waited: Histogram<'name'>;
  private readonly retries: Counter<'name'>;
  private readonly known = new Set<string>();

  constructor(registry: Registry) {
    super();
    const passes = { labelNames: ['controller'] as const, registers: [registry] };
    const queue = { labelNames: ['name'] as const, registers: [registry] };
    this.passes = new Counter({
      ...passes,
      name: 'controller_runtime_reconcile_total',
      help: 'Number of passes of a reconciler, by result.',
      labelNames: ['controller', 'result'],
    });
    this.errors = new Counter({
      ...passes,
      name: 'controller_runtime_reconcile_errors_total',
      help: 'Number of passes that failed.',
    });
    this.seconds = new Histogram({
      ...passes,
      name: 'controller_runtime_reconcile_time_seconds',
      help: 'Duration of a pass.',
      buckets: LONG_SECONDS,
    });
    this.active = new Gauge({
      ...passes,
      name: 'controller_runtime_active_workers',
      help: 'Number of workers that are in a pass.',
    });
    this.depth = new Gauge({
      ...queue,
      name: 'workqueue_depth',
      help: 'Number of keys that are due and wait for a worker.',
    });
    this.adds = new Counter({
      ...queue,
      name: 'workqueue_adds_total',
      help: 'Number of keys that became due.',
    });
    this.waited = new Histogram({
      ...queue,
      name: 'workqueue_queue_duration_seconds',
      help: 'Time that a due key waited for a worker.',
      buckets: SHORT_SECONDS,
    });
    this.retries = new Counter({
      ...queue,
      name: 'workqueue_retries_total',
      help: 'Number of keys that were put back with a back-off.',
    });
  }

  override added(controller: string, depth: number): void {
    this.adds.inc({ name: controller });
    this.depth.set({ name: controller }, depth);
    if (!this.known.has(controller)) this.introduce(controller);
  }

  override taken(controller: string, depth: number, waitedMs: number): void {
    this.depth.set({ name: controller }, depth);
    this.waited.observe({ name: controller }, waitedMs / 1000);
  }

  override retried(controller: string): void {
    this.retries.inc({ name: controller });
  }

  override cleared(controller: string): void {
    this.depth.set({ name: controller }, 0);
  }

  override began(controller: string): void {
    this.active.inc({ controller });
  }

  override ended(controller: string, outcome: PassOutcome | undefined, tookMs: number): void {
    this.active.dec({ controller });
    if (outcome === undefined) return;
    this.passes.inc({ controller, result: outcome });
    if (outcome === 'error') this.errors.inc({ controller });
    this.seconds.observe({ controller }, tookMs / 1000);
  }

  /** What never happened is 0 rather than absent, so that an alert on its growth sees the first. */
  private introduce(controller: string): void {
    this.known.add(controller);
    for (const result of PASS_OUTCOMES) this.passes.inc({ controller, result }, 0);
    this.errors.inc({ controller }, 0);
    this.retries.inc({ name: controller }, 0);
  }
}
