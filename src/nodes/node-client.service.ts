import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { NodesConfig } from '../config/nodes.config.js';
import { isValueDeeper } from '../platform/json/nesting.js';
import { CallObserver } from '../platform/metrics/call-observer.js';
import type { NodeEndpoint } from './node-access.js';
import { kindOfStatus, NodeError, reasonOf } from './node.errors.js';
import type { Answer } from './node-answer.js';
import { exchange, type Exchange } from './node-http.js';
import { openSocket } from './node-socket.js';
import { operationOf } from './node-operation.rules.js';
import {
  type AgentConfig,
  agentListSchema,
  configSchema,
  healthSchema,
  type ListedAgent,
  type NodeFrame,
  type NodeHealth,
  type RunRequest,
  type RunResult,
  runResultSchema,
  type SystemStatus,
  systemStatusSchema,
  traceListSchema,
} from './node.schemas.js';

const CHECK_MS = 3_000;
const CALL_MS = 10_000;
/** What nests deeper could not be passed on. A spec in an answer may use 64 of it. */
const MOST_DEPTH = 128;

/**
 * Speaks to an astromesh-node, and survives what a real one answers (the node's API contract).
 * Every call throws `NodeError`, or the reason of `signal` when it aborts.
 */
@Injectable()
export class NodeClient {
  constructor(
    private readonly config: NodesConfig,
    private readonly observer: CallObserver = new CallObserver(),
  ) {}

  async health(node: NodeEndpoint, signal?: AbortSignal): Promise<NodeHealth> {
    return this.get(node, '/v1/health', healthSchema, signal);
  }

  async status(node: NodeEndpoint, signal?: AbortSignal): Promise<SystemStatus> {
    return this.get(node, '/v1/system/status', systemStatusSchema, signal);
  }

  async list(node: NodeEndpoint, signal?: AbortSignal): Promise<ListedAgent[]> {
    return (await this.get(node, '/v1/agents', agentListSchema, signal)).agents;
  }

  /** The newest traces of all agents, newest first; at most 100. */
  async traces(node: NodeEndpoint, limit: number, signal?: AbortSignal): Promise<unknown[]> {
    return (await this.get(node, `/v1/traces/?limit=${limit}`, traceListSchema, signal)).traces;
  }

  /** The config as it was last registered; undefined when the node has no such agent. */
  async find(
    node: NodeEndpoint,
    name: string,
    signal?: AbortSignal,
  ): Promise<AgentConfig | undefined> {
    try {
      return await this.get(node, agentPath(name), configSchema, signal);
    } catch (error) {
      if (error instanceof NodeError && error.kind === 'not_found') return undefined;
      throw error;
    }
  }

  /** Registers a config under its own name; a known name is overwritten. */
  async register(node: NodeEndpoint, config: unknown, signal?: AbortSignal): Promise<void> {
    await this.call(node, { method: 'POST', path: '/v1/agents', body: config, signal });
  }

  async deploy(node: NodeEndpoint, name: string, signal?: AbortSignal): Promise<void> {
    await this.call(node, { method: 'POST', path: `${agentPath(name)}/deploy`, signal });
  }

  async pause(node: NodeEndpoint, name: string, signal?: AbortSignal): Promise<void> {
    await this.call(node, { method: 'POST', path: `${agentPath(name)}/pause`, signal });
  }

  /** Takes an agent off the node; one that is not there counts as taken off. */
  async remove(node: NodeEndpoint, name: string, signal?: AbortSignal): Promise<void> {
    try {
      await this.call(node, { method: 'DELETE', path: agentPath(name), signal });
    } catch (error) {
      if (!(error instanceof NodeError) || error.kind !== 'not_found') throw error;
    }
  }

  /** Runs an agent to its end, within `NEXUS_RUN_TIMEOUT`. */
  async run(
    node: NodeEndpoint,
    name: string,
    { query, session_id, context }: RunRequest,
    signal?: AbortSignal,
  ): Promise<RunResult> {
    const body = { query, session_id: session_id ?? 'default', ...(context && { context }) };
    const deadlineMs = this.config.runTimeoutSeconds * 1000;
    const path = `${agentPath(name)}/run`;
    const asked = { method: 'POST', path, body, deadlineMs, lane: 'callers', signal } as const;
    return parse(await this.call(node, asked), runResultSchema);
  }

  /**
   * Runs an agent and hands out the node's frames as they come, within `NEXUS_RUN_TIMEOUT`; the
   * last one is `done` or `error`. Resolves once the node has taken the connection. Leaving the
   * loop, or `signal`, ends the run.
   */
  async stream(
    { url, token, via }: NodeEndpoint,
    name: string,
    { query, session_id }: RunRequest,
    signal?: AbortSignal,
  ): Promise<AsyncGenerator<NodeFrame>> {
    const session = encodeURIComponent(session_id ?? 'default');
    const asked = {
      url: `${url.replace(/^http/, 'ws')}/v1/ws/agent/${encodeURIComponent(name)}?session_id=${session}`,
      token,
      via,
      deadlineMs: this.config.runTimeoutSeconds * 1000,
      signal,
    };
    const conversation = await this.observed('stream', signal, () => openSocket(asked));
    conversation.send({ query });
    return untilTheEnd(conversation.frames());
  }

  /** Passes a call on: a run with a body, else a read. Whatever the node answers comes back. */
  async pass(
    { url, token, via }: NodeEndpoint,
    path: string,
    run: unknown,
    signal?: AbortSignal,
  ): Promise<Answer> {
    const call = { url: `${url}${path}`, token, via, lane: 'callers', signal } as const;
    if (run === undefined) return exchange({ ...call, method: 'GET', deadlineMs: CALL_MS });
    const deadlineMs = this.config.runTimeoutSeconds * 1000;
    return exchange({ ...call, method: 'POST', body: run, deadlineMs });
  }

  private async get<S extends z.ZodType>(
    node: NodeEndpoint,
    path: string,
    schema: S,
    signal: AbortSignal | undefined,
  ): Promise<z.output<S>> {
    const answer = await this.call(node, { method: 'GET', path, deadlineMs: CHECK_MS, signal });
    return parse(answer, schema);
  }

  private async call(
    { url, token, via }: NodeEndpoint,
    {
      path,
      ...request
    }: Omit<Exchange, 'url' | 'deadlineMs'> & { path: string; deadlineMs?: number },
  ): Promise<Answer> {
    return this.observed(operationOf(request.method, path), request.signal, async () => {
      const sent = { deadlineMs: CALL_MS, ...request, url: `${url}${path}`, token, via };
      const answer = await exchange(sent);
      if (answer.status >= 200 && answer.status < 300) return answer;
      const kind = kindOfStatus(answer.status, answer.contentType);
      throw new NodeError(kind, reason(answer), answer.status);
    });
  }

  private async observed<T>(
    operation: string,
    signal: AbortSignal | undefined,
    call: () => Promise<T>,
  ): Promise<T> {
    const beganMs = performance.now();
    let outcome = 'ok';
    try {
      return await call();
    } catch (error) {
      outcome = outcomeOf(error, signal);
      throw error;
    } finally {
      this.observer.ended(operation, outcome, performance.now() - beganMs);
    }
  }
}

function outcomeOf(error: unknown, signal: AbortSignal | undefined): string {
  if (signal?.aborted === true) return 'cancelled';
  return error instanceof NodeError ? error.kind : 'failed';
}

async function* untilTheEnd(frames: AsyncGenerator<NodeFrame>): AsyncGenerator<NodeFrame> {
  for await (const frame of frames) {
    yield frame;
    if (frame.type === 'done' || frame.type === 'error') return;
  }
}

function agentPath(name: string): string {
  return `/v1/agents/${encodeURIComponent(name)}`;
}

/** The node's own words; of an answer that is not JSON only that, because it may be a page. */
function reason({ status, contentType, text }: Answer): string {
  const fallback = `it answered ${status}`;
  const json = readJson(text);
  if (json !== undefined) return reasonOf(json, fallback);
  return contentType.startsWith('text/plain') ? reasonOf(text, fallback) : fallback;
}

function parse<S extends z.ZodType>({ status, text }: Answer, schema: S): z.output<S> {
  const json = readJson(text);
  const result = json === undefined ? undefined : schema.safeParse(json);
  if (result?.success === true) return result.data;
  throw new NodeError('nonsense', 'it answered something that is not from a node', status);
}

function readJson(text: string): unknown {
  try {
    const value = JSON.parse(text) as unknown;
    return isValueDeeper(value, MOST_DEPTH) ? undefined : value;
  } catch {
    return undefined;
  }
}
