import { Counter, Gauge, type Registry } from 'prom-client';
import { LeaderObserver } from '../kubernetes/leader-observer.js';
import { RequestObserver } from '../kubernetes/request-observer.js';

/** Answers of API servers, under the name of client-go. */
export class PrometheusApiRequests extends RequestObserver {
  private readonly total: Counter<'code' | 'method' | 'host'>;

  constructor(registry: Registry) {
    super();
    this.total = new Counter({
      name: 'rest_client_requests_total',
      help: 'Number of requests to Kubernetes, by status code, method and host.',
      labelNames: ['code', 'method', 'host'],
      registers: [registry],
    });
  }

  override answered(code: string, method: string, host: string): void {
    this.total.inc({ code, method, host });
  }
}

/** Who leads, under the name of client-go. */
export class PrometheusLeadership extends LeaderObserver {
  private readonly status: Gauge<'name'>;

  constructor(registry: Registry) {
    super();
    this.status = new Gauge({
      name: 'leader_election_master_status',
      help: 'Whether this process holds the lease: 1 when it leads, 0 when it waits.',
      labelNames: ['name'],
      registers: [registry],
    });
  }

  override changed(lease: string, leads: boolean): void {
    this.status.set({ name: lease }, leads ? 1 : 0);
  }
}
