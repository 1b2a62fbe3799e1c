import type { NodeEndpoint } from '../../../nodes/node-access.js';
import { NodeError } from '../../../nodes/node.errors.js';
import type { NodeClient } from '../../../nodes/node-client.service.js';
import type { Clock } from '../../../platform/clock/clock.js';

const SOONEST_MS = 100;
const LATEST_MS = 10_000;

/** Whether a node answered, and when to ask again. */
export type Answered =
  | { readonly answers: true }
  | { readonly answers: false; readonly timedOut: boolean; readonly askAgainMs: number };

/** Asks nodes that are up whether they answer, once for each start; seldom when they do not. */
export class SilentNodes {
  /** By the tenant's id. */
  private readonly answered = new Map<string, string>();
  private readonly silentSince = new Map<string, { incarnation: string; atMs: number }>();

  constructor(
    private readonly client: NodeClient,
    private readonly clock: Pick<Clock, 'monotonicMs'>,
  ) {}

  async ask(
    tenantId: string,
    incarnation: string,
    endpoint: NodeEndpoint,
    signal: AbortSignal,
  ): Promise<Answered> {
    if (this.answered.get(tenantId) === incarnation) return { answers: true };
    try {
      await this.client.health(endpoint, signal);
      this.answered.set(tenantId, incarnation);
      this.silentSince.delete(tenantId);
      return { answers: true };
    } catch (error) {
      signal.throwIfAborted();
      const timedOut = error instanceof NodeError && error.kind === 'timeout';
      return { answers: false, timedOut, askAgainMs: this.askAgainMs(tenantId, incarnation) };
    }
  }

  forget(tenantId: string): void {
    this.answered.delete(tenantId);
    this.silentSince.delete(tenantId);
  }

  /** As long again as it was silent so far. */
  private askAgainMs(tenantId: string, incarnation: string): number {
    const now = this.clock.monotonicMs();
    let since = this.silentSince.get(tenantId);
    if (since?.incarnation !== incarnation) {
      since = { incarnation, atMs: now };
      this.silentSince.set(tenantId, since);
    }
    return Math.min(Math.max(now - since.atMs, SOONEST_MS), LATEST_MS);
  }
}
