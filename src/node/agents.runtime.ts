/**
 * The registered agents and their builds. Registering makes a draft and leaves the old build
 * serving; deploying builds; pausing takes out of service. Changes run one at a time, so that
 * memory and disk tell the same.
 */
import { AppError } from '../platform/errors/app-error.js';
import { buildAgent, type BuiltAgent } from './agent.build.js';
import { compileChain, compileChains, readChain, type Chain } from './agent.chain.js';
import { agentNameOf, type AgentsStore, type StoredAgent } from './agents.store.js';
import { objectAt, type JsonObject } from './json.js';
import type { NodeLog } from './node.log.js';

export type AgentStatus = 'draft' | 'deployed' | 'paused';

/** One line of `GET /v1/agents`. */
export interface AgentLine {
  name: string;
  version: unknown;
  namespace: unknown;
  status: AgentStatus;
  /** Why it failed to build when the node started. */
  error?: string;
}

interface Entry {
  config: JsonObject;
  status: AgentStatus;
  built?: BuiltAgent;
  error?: string;
}

/**
 * The agents that a node knows, built or not, over what is stored. Changes queue: one at a time.
 */
export class AgentsRuntime {
  private readonly entries = new Map<string, Entry>();
  private queue: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly store: AgentsStore,
    private readonly log: NodeLog,
  ) {}

  /** Brings every stored agent back as deployed; one that does not build is a draft with `error`. */
  static async open(store: AgentsStore, log: NodeLog): Promise<AgentsRuntime> {
    const runtime = new AgentsRuntime(store, log);
    runtime.restore(await store.load());
    return runtime;
  }

  /** Those with a build first, each group in the order of registration. */
  list(): AgentLine[] {
    const lines = [...this.entries].map(([name, entry]) => ({ entry, line: toLine(name, entry) }));
    const serving = lines.filter(({ entry }) => entry.built);
    const rest = lines.filter(({ entry }) => !entry.built);
    return [...serving, ...rest].map(({ line }) => line);
  }

  /**
   * The config exactly as last registered.
   *
   * @throws AppError `agent_not_found`
   */
  getConfig(name: string): JsonObject {
    return this.get(name).config;
  }

  /**
   * The build that serves now.
   *
   * @throws AppError `agent_not_found` when there is none (unknown, draft or paused)
   */
  getBuilt(name: string): BuiltAgent {
    const built = this.entries.get(name)?.built;
    if (!built) throw agentNotFound(name);
    return built;
  }

  /** The chain of an agent; none when it declares none or a broken one. */
  findChain(name: string): Chain | undefined {
    const configs = this.configs();
    try {
      compileChain(name, configs);
      return readChain(configs.get(name) ?? {});
    } catch (error) {
      if (error instanceof AppError) return undefined;
      throw error;
    }
  }

  /** Registers or replaces a config; resolves with its name when it is on disk. */
  register(config: JsonObject): Promise<string> {
    return this.exclusive(async () => {
      const name = agentNameOf(config);
      await this.store.save(name, config);
      const known = this.entries.get(name);
      // A known one moves nowhere in the list; its old build serves until the next deploy.
      this.entries.set(name, { ...known, config, status: 'draft' });
      this.log.info('agent registered', { agent: name });
      return name;
    });
  }

  /**
   * Builds and puts into service.
   *
   * @throws AppError `agent_not_found`, `agent_invalid`, `agent_unbuildable`, or `chain_invalid`
   *   when the chain of any registered agent is broken: then this one is deployed all the same
   */
  deploy(name: string): Promise<void> {
    return this.exclusive(() => {
      const entry = this.get(name);
      const built = buildAgent(entry.config);
      this.entries.set(name, { config: entry.config, status: 'deployed', built });
      this.log.info('agent deployed', { agent: name });
      compileChains(this.configs());
    });
  }

  /** @throws AppError `agent_not_deployed` */
  pause(name: string): Promise<void> {
    return this.exclusive(() => {
      const entry = this.entries.get(name);
      if (entry?.status !== 'deployed') {
        throw new AppError('not_found', 'agent_not_deployed', `Agent '${name}' is not deployed`);
      }
      this.entries.set(name, { config: entry.config, status: 'paused' });
      this.log.info('agent paused', { agent: name });
    });
  }

  /** @throws AppError `agent_not_found` */
  remove(name: string): Promise<void> {
    return this.exclusive(async () => {
      this.get(name);
      await this.store.remove(name);
      this.entries.delete(name);
      this.log.info('agent removed', { agent: name });
    });
  }

  private restore(stored: readonly StoredAgent[]): void {
    for (const { name, config } of stored) this.entries.set(name, { config, status: 'draft' });
    const configs = this.configs();
    for (const { name, config } of stored)
      this.entries.set(name, this.restored(name, config, configs));
  }

  private restored(
    name: string,
    config: JsonObject,
    configs: ReadonlyMap<string, JsonObject>,
  ): Entry {
    try {
      const built = buildAgent(config);
      compileChain(name, configs);
      return { config, status: 'deployed', built };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.log.error('stored agent failed to build', { agent: name, error: reason });
      return { config, status: 'draft', error: reason };
    }
  }

  private get(name: string): Entry {
    const entry = this.entries.get(name);
    if (!entry) throw agentNotFound(name);
    return entry;
  }

  private configs(): Map<string, JsonObject> {
    return new Map([...this.entries].map(([name, entry]) => [name, entry.config]));
  }

  private exclusive<T>(change: () => T | Promise<T>): Promise<T> {
    const turn = this.queue.then(change);
    this.queue = turn.catch(() => undefined);
    return turn;
  }
}

function toLine(name: string, { config, status, built, error }: Entry): AgentLine {
  const metadata = objectAt(config, 'metadata');
  return {
    name,
    version: built ? built.version : (metadata['version'] ?? '0.1.0'),
    namespace: built ? built.namespace : (metadata['namespace'] ?? 'default'),
    status,
    ...(error !== undefined && !built && { error }),
  };
}

function agentNotFound(name: string): AppError {
  return new AppError('not_found', 'agent_not_found', `Agent '${name}' not found`);
}
