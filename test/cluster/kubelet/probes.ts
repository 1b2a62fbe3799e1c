/** The probes of a container, over HTTP and on their periods, as a kubelet runs them. */
import { request } from 'node:http';
import type { Container, Probe } from './pod.types.js';
import { portNumber } from './pod-spec.rules.js';

/** What probes say of a container. */
export interface Verdict {
  started: boolean;
  ready: boolean;
}

export interface ProbeTarget {
  address: string;
  container: Container;
  onChange: (verdict: Verdict) => void;
  /** A liveness or startup probe has failed for good. */
  onDead: (reason: string) => void;
}

/** Probes a container until it is told to stop. */
export class Probes {
  private readonly stopped = new AbortController();
  private verdict: Verdict;

  constructor(private readonly target: ProbeTarget) {
    const { startupProbe, readinessProbe } = target.container;
    const started = startupProbe === undefined;
    this.verdict = { started, ready: started && readinessProbe === undefined };
    target.onChange(this.verdict);
    if (startupProbe === undefined) this.afterStart();
    else this.watchStart(startupProbe);
  }

  stop(): void {
    this.stopped.abort();
  }

  private watchStart(probe: Probe): void {
    const over = new AbortController();
    this.run(probe, over.signal, (good) => {
      over.abort();
      if (!good) {
        this.target.onDead('its startup probe failed');
        return;
      }
      this.tell({ started: true, ready: this.target.container.readinessProbe === undefined });
      this.afterStart();
    });
  }

  private afterStart(): void {
    const { readinessProbe, livenessProbe } = this.target.container;
    const { signal } = this.stopped;
    if (readinessProbe !== undefined) {
      this.run(readinessProbe, signal, (ready) => this.tell({ started: true, ready }));
    }
    if (livenessProbe !== undefined) {
      this.run(livenessProbe, signal, (good) => {
        if (!good) this.target.onDead('its liveness probe failed');
      });
    }
  }

  private tell(verdict: Verdict): void {
    if (verdict.ready === this.verdict.ready && verdict.started === this.verdict.started) return;
    this.verdict = verdict;
    this.target.onChange(verdict);
  }

  /** Calls back each time a threshold is reached. */
  private run(probe: Probe, until: AbortSignal, onResult: (good: boolean) => void): void {
    const { initialDelaySeconds = 0, periodSeconds = 10 } = probe;
    const { successThreshold = 1, failureThreshold = 3 } = probe;
    const signal = AbortSignal.any([this.stopped.signal, until]);
    let good = 0;
    let bad = 0;
    let timer: NodeJS.Timeout;
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
    const once = async (): Promise<void> => {
      const success = await this.ask(probe);
      if (signal.aborted) return;
      good = success ? good + 1 : 0;
      bad = success ? 0 : bad + 1;
      if (good >= successThreshold) onResult(true);
      if (bad >= failureThreshold) onResult(false);
      // A kubelet asks at once, and then on its period.
      timer = setTimeout(() => void once(), periodSeconds * 1000);
    };
    timer = setTimeout(() => void once(), initialDelaySeconds * 1000);
  }

  private ask({ httpGet, timeoutSeconds = 1 }: Probe): Promise<boolean> {
    const { address: host, container } = this.target;
    const { path = '/', port = 80, httpHeaders = [] } = httpGet ?? {};
    const headers = Object.fromEntries(httpHeaders.map(({ name, value }) => [name, value]));
    return new Promise((resolve) => {
      const options = { host, port: portNumber(container, port), path, headers, agent: false };
      const signal = AbortSignal.timeout(timeoutSeconds * 1000);
      const asked = request({ ...options, signal }, (response) => {
        const { statusCode = 0 } = response;
        response.once('error', () => undefined).resume();
        resolve(statusCode >= 200 && statusCode < 400);
      });
      asked.once('error', () => resolve(false));
      asked.end();
    });
  }
}
