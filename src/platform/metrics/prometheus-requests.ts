import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Counter, Histogram, type Registry } from 'prom-client';
import { SHORT_SECONDS } from './buckets.js';

type RequestLabel = 'method' | 'route' | 'status';

/** Where the requests of one route, method and status are counted. */
interface Series {
  total: Counter.Internal;
  seconds: Histogram.Internal<RequestLabel>;
}

/** What no route answers is one route, whatever was asked for. */
const UNKNOWN_ROUTE = 'unknown';
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Requests by the pattern of their route, method and status. */
export class PrometheusRequests {
  private readonly total: Counter<RequestLabel>;
  private readonly seconds: Histogram<RequestLabel>;
  private readonly series = new Map<string, Series>();

  constructor(registry: Registry) {
    const common = { labelNames: ['method', 'route', 'status'] as const, registers: [registry] };
    this.total = new Counter({
      ...common,
      name: 'nexus_http_requests_total',
      help: 'Number of requests, by route, method and status; a caller that left is "aborted".',
    });
    this.seconds = new Histogram({
      ...common,
      name: 'nexus_http_request_duration_seconds',
      help: 'Time from the head of a request to the end of its answer.',
      buckets: SHORT_SECONDS,
    });
  }

  /** Counts what a server answers, streams included; before it has any routes. */
  watch(server: FastifyInstance): void {
    server.addHook('onRequest', (request, reply, done) => {
      const started = performance.now();
      reply.raw.on('close', () => {
        const { writableFinished, statusCode } = reply.raw;
        const status = writableFinished ? String(statusCode) : 'aborted';
        const tookMs = performance.now() - started;
        this.ended({ method: methodOf(request), route: routeOf(request), status }, tookMs);
      });
      done();
    });
  }

  /** Counts a request for a WebSocket, which the framework never sees, when it is over. */
  upgradeEnded(route = UNKNOWN_ROUTE, status: number | undefined, tookMs: number): void {
    this.ended({ method: 'GET', route, status: String(status ?? 'aborted') }, tookMs);
  }

  private ended(labels: Record<RequestLabel, string>, tookMs: number): void {
    const { total, seconds } = this.seriesOf(labels);
    total.inc();
    seconds.observe(tookMs / 1000);
  }

  /** Looked up by a short text: finding a series by its labels costs more than counting in it. */
  private seriesOf(labels: Record<RequestLabel, string>): Series {
    const key = `${labels.method} ${labels.status} ${labels.route}`;
    const known = this.series.get(key) ?? {
      total: this.total.labels(labels),
      seconds: this.seconds.labels(labels),
    };
    this.series.set(key, known);
    return known;
  }
}

function methodOf({ method }: FastifyRequest): string {
  return METHODS.has(method) ? method : 'OTHER';
}

function routeOf({ is404, routeOptions }: FastifyRequest): string {
  return is404 ? UNKNOWN_ROUTE : (routeOptions.url ?? UNKNOWN_ROUTE);
}
