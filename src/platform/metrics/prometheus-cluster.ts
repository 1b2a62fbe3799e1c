import { Counter, type Registry } from 'prom-client';
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
