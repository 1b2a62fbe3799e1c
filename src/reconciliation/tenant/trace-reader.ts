import { Injectable } from '@nestjs/common';
import type { AgentStanding } from '../../agents/agent-sync.service.js';
import { AgentTracesService } from '../../agents/insight/agent-traces.service.js';
import type { NodeEndpoint } from '../../nodes/node-access.js';
import { NodeClient } from '../../nodes/node-client.service.js';
import { NodeError } from '../../nodes/node.errors.js';
import { Clock } from '../../platform/clock/clock.js';
import { Logger } from '../../platform/logging/logger.js';
import type { NodeKnowledge } from '../node-knowledge.js';

const PAGE = 100;
/** Traces may be so long that a whole page is too large. */
const SMALL_PAGE = 10;

/**
 * Reads the traces of a node when it is checked. An idle node is asked for its newest one alone;
 * only when that is new for a page.
 */
@Injectable()
export class TraceReader {
  constructor(
    private readonly client: NodeClient,
    private readonly traces: AgentTracesService,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Never fails: a node without traces serves all the same, and the next check reads again. */
  async read(
    tenantId: string,
    node: NodeEndpoint,
    known: NodeKnowledge,
    agents: readonly AgentStanding[],
    signal: AbortSignal,
  ): Promise<void> {
    try {
      const newest = this.traces.idsOf(await this.client.traces(node, 1, signal));
      const seen = known.traces;
      if (seen !== undefined && [...newest].every((id) => seen.has(id))) return;
      const { traces, full } = await this.page(node, signal);
      await this.traces.take(tenantId, agents, {
        runs: this.traces.read(traces),
        full,
        previous: known.traces,
        nodeStartedAt: this.startOf(known),
      });
      known.traces = this.traces.idsOf(traces);
    } catch (error) {
      signal.throwIfAborted();
      this.logger.debug('Traces could not be read', { tenant: tenantId, error });
    }
  }

  private async page(
    node: NodeEndpoint,
    signal: AbortSignal,
  ): Promise<{ traces: unknown[]; full: boolean }> {
    try {
      const traces = await this.client.traces(node, PAGE, signal);
      return { traces, full: traces.length >= PAGE };
    } catch (error) {
      if (!(error instanceof NodeError) || error.kind !== 'nonsense') throw error;
      const traces = await this.client.traces(node, SMALL_PAGE, signal);
      return { traces, full: traces.length >= SMALL_PAGE };
    }
  }

  private startOf({ status }: NodeKnowledge): string {
    const upMs = (status?.uptime_seconds ?? 0) * 1000;
    return new Date(this.clock.now().getTime() - upMs).toISOString();
  }
}
