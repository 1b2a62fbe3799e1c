/**
 * The agents that run after an agent, as its `spec.chain` says: one after the other, depth first.
 * Conditions (`when`) are not evaluated; such links are skipped and say so.
 */
import { randomUUID } from 'node:crypto';
import type { Chain, ChainLink } from './agent.chain.js';
import type { AgentsRuntime } from './agents.runtime.js';
import { fillPrompt } from './prompt.js';
import type { RunRequest, RunResult, RunService } from './run.service.js';

export interface LinkResult {
  agent: string;
  status: 'success' | 'error' | 'skipped';
  answer?: string;
  error?: string;
  reason?: 'condition_unsupported' | 'upstream_stopped';
  duration_ms?: number | null;
  depth: number;
  /** The agent whose chain this link is of; null for the first one. */
  via: string | null;
}

/** The `chain` of a run's answer. */
export interface ChainResult {
  run_id: string;
  status: 'completed' | 'partial' | 'failed';
  mode: Chain['mode'];
  links: LinkResult[];
}

/** Runs an agent and then its chain; `chain` is null when it has none. */
export class ChainRunner {
  constructor(
    private readonly runtime: AgentsRuntime,
    private readonly runs: RunService,
  ) {}

  /** @throws AppError as `RunService.run`, or `agent_not_found`; a failing link does not throw */
  async run(name: string, request: RunRequest): Promise<RunResult & { chain: ChainResult | null }> {
    const result = await this.runs.run(this.runtime.getBuilt(name), request);
    const chain = this.runtime.findChain(name);
    if (!chain) return { ...result, chain: null };
    const links: LinkResult[] = [];
    const walk = { links, request, stopped: false };
    await this.follow(chain, { name, answer: result.answer, depth: 1, via: null }, walk);
    const failed = links.some((link) => link.status === 'error');
    const status = walk.stopped ? 'failed' : failed ? 'partial' : 'completed';
    return { ...result, chain: { run_id: randomUUID(), status, mode: chain.mode, links } };
  }

  private async follow(chain: Chain, from: Step, walk: Walk): Promise<void> {
    const anyGuard = chain.links.some((link) => link.guarded);
    for (const link of chain.links) {
      const place = { agent: link.agent, depth: from.depth, via: from.via };
      const conditional = link.guarded || (link.isDefault && anyGuard);
      if (walk.stopped) {
        walk.links.push({ ...place, status: 'skipped', reason: 'upstream_stopped' });
      } else if (conditional) {
        walk.links.push({ ...place, status: 'skipped', reason: 'condition_unsupported' });
      } else {
        await this.runLink(link, from, walk, place);
      }
    }
  }

  private async runLink(
    link: ChainLink,
    from: Step,
    walk: Walk,
    place: Pick<LinkResult, 'agent' | 'depth' | 'via'>,
  ): Promise<void> {
    const { request } = walk;
    const values = { output: { answer: from.answer }, trigger: { query: request.query } };
    const query = fillPrompt(link.input, values);
    const next: RunRequest = { ...request, query };
    try {
      const { answer, trace } = await this.runs.run(this.runtime.getBuilt(link.agent), next);
      const duration_ms = trace.spans[0]?.duration_ms ?? null;
      walk.links.push({ ...place, status: 'success', answer, duration_ms });
      const nested = this.runtime.findChain(link.agent);
      const step = { name: link.agent, answer, depth: from.depth + 1, via: link.agent };
      if (nested) await this.follow(nested, step, walk);
    } catch (error) {
      if (request.signal.aborted) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      walk.links.push({ ...place, status: 'error', error: reason });
      walk.stopped ||= !link.continueOnError;
    }
  }
}

interface Step {
  name: string;
  answer: string;
  depth: number;
  via: string | null;
}

interface Walk {
  links: LinkResult[];
  request: RunRequest;
  stopped: boolean;
}
