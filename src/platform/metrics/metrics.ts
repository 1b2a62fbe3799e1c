import { collectDefaultMetrics, Registry } from 'prom-client';
import { ControllerObserver } from '../controller/controller-observer.js';
import { UnitObserver } from '../database/unit-observer.js';
import type { CallObserver } from './call-observer.js';
import { PrometheusCalls } from './prometheus-calls.js';
import { PrometheusApiRequests } from './prometheus-cluster.js';
import { PrometheusControllers } from './prometheus-controllers.js';
import { PrometheusRequests } from './prometheus-requests.js';
import { PrometheusUnits } from './prometheus-units.js';

/**
 * How often the lag of the event loop is looked at, which is also the least that is told. The usual
 * 10 ms wake an idle process a hundred times a second, which costs more than all else that it does.
 */
const LAG_PRECISION_MS = 50;

/**
 * What is measured in this process, in a registry of its own. Labels hold words from closed lists
 * alone, never what a user chose, so that the number of series is bounded.
 */
export class Metrics {
  readonly registry = new Registry();
  readonly controllers: ControllerObserver;
  readonly units: UnitObserver;
  readonly requests: PrometheusRequests;

  constructor() {
    collectDefaultMetrics({
      register: this.registry,
      eventLoopMonitoringPrecision: LAG_PRECISION_MS,
    });
    this.controllers = new PrometheusControllers(this.registry);
    this.units = new PrometheusUnits(this.registry);
    this.requests = new PrometheusRequests(this.registry);
  }

  /**
   * An observer of calls to one kind of service.
   *
   * @param name how the metrics begin, for example `nexus_node_call`
   * @param what for people, for example `calls to nodes`
   */
  calls(name: string, what: string): CallObserver {
    return new PrometheusCalls(this.registry, name, what);
  }

  /** An observer of what is asked of Kubernetes; once a process. */
  apiRequests(): PrometheusApiRequests {
    return new PrometheusApiRequests(this.registry);
  }
}
