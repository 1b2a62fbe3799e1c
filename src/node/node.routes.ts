/** The routes of the node's API, as data: method, path and what they answer. */
import type { IncomingMessage } from 'node:http';
import { AppError } from '../platform/errors/app-error.js';
import type { Clock } from '../platform/clock/clock.js';
import type { AgentsRuntime } from './agents.runtime.js';
import type { ChainRunner } from './chain.run.js';
import { isObject, type JsonObject } from './json.js';
import { complaint, readJsonObject, unprocessable } from './request-body.js';
import type { SessionMemory } from './session-memory.js';
import type { TraceRing } from './traces.js';

/** The astromesh-node whose API this is. */
export const API_VERSION = '0.40.0';
const DEFAULT_TRACES = 20;
const MOST_TRACES = 100;

/** What is there once the stored agents were read. */
export interface ReadyNode {
  runtime: AgentsRuntime;
  chains: ChainRunner;
}

/** What the routes work on. */
export interface NodeState {
  clock: Clock;
  /** The monotonic clock when the node started. */
  startedMs: number;
  traces: TraceRing;
  sessions: SessionMemory;
  /** Undefined while the node starts. */
  ready: ReadyNode | undefined;
}

export interface NodeRequest {
  message: IncomingMessage;
  /** The decoded `:name` of the path, empty when the route has none. */
  name: string;
  query: URLSearchParams;
  /** Aborted when the client leaves. */
  signal: AbortSignal;
}

export interface Reply {
  status: number;
  body: unknown;
}

export interface Route {
  method: 'GET' | 'POST' | 'DELETE';
  /** `:name` stands for one segment. */
  path: string;
  answer: (request: NodeRequest) => Reply | Promise<Reply>;
}

/** All routes over the given state. */
export function nodeRoutes(state: NodeState): Route[] {
  return [
    { method: 'GET', path: '/v1/health', answer: () => ok({ status: 'ok', version: API_VERSION }) },
    { method: 'GET', path: '/v1/system/status', answer: () => ok(status(state)) },
    { method: 'GET', path: '/v1/traces/', answer: ({ query }) => ok(traces(state, query)) },
    ...agentRoutes(state),
    {
      method: 'POST',
      path: '/v1/agents/:name/run',
      answer: async ({ message, name, signal }) => {
        const run = readRun(await readJsonObject(message));
        return ok(await readyOf(state).chains.run(name, { ...run, signal }));
      },
    },
  ];
}

function agentRoutes(state: NodeState): Route[] {
  return [
    {
      method: 'GET',
      path: '/v1/agents',
      answer: () => ok({ agents: state.ready?.runtime.list() ?? [] }),
    },
    {
      method: 'GET',
      path: '/v1/agents/:name',
      answer: ({ name }) => {
        if (!state.ready) throw notInitialized('not_found');
        return ok(state.ready.runtime.getConfig(name));
      },
    },
    {
      method: 'POST',
      path: '/v1/agents',
      answer: async ({ message }) => {
        const config = await readJsonObject(message);
        const name = await readyOf(state).runtime.register(config);
        return { status: 201, body: { name, status: 'registered' } };
      },
    },
    {
      method: 'POST',
      path: '/v1/agents/:name/deploy',
      answer: async ({ name }) => {
        await readyOf(state).runtime.deploy(name);
        return ok({ agent: name, status: 'deployed' });
      },
    },
    {
      method: 'POST',
      path: '/v1/agents/:name/pause',
      answer: async ({ name }) => {
        await readyOf(state).runtime.pause(name);
        return ok({ agent: name, status: 'paused' });
      },
    },
    {
      method: 'DELETE',
      path: '/v1/agents/:name',
      answer: async ({ name }) => {
        await readyOf(state).runtime.remove(name);
        state.sessions.forget(name);
        return ok({ name, status: 'removed' });
      },
    },
  ];
}

function ok(body: unknown): Reply {
  return { status: 200, body };
}

function status({ clock, startedMs, ready }: NodeState): JsonObject {
  const uptimeMs = clock.monotonicMs() - startedMs;
  return {
    version: API_VERSION,
    uptime_seconds: Math.round(uptimeMs / 10) / 100,
    mode: 'dev',
    agents_loaded: ready?.runtime.list().length ?? 0,
    pid: process.pid,
    services: {},
    peers: [],
    mesh: null,
  };
}

function traces(state: NodeState, query: URLSearchParams): JsonObject {
  const text = query.get('limit') ?? String(DEFAULT_TRACES);
  const limit = /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
  const where = ['query', 'limit'];
  if (Number.isNaN(limit)) {
    throw unprocessable(complaint('int_parsing', where, 'Input should be a valid integer', text));
  }
  if (limit < 1) {
    const msg = 'Input should be greater than or equal to 1';
    throw unprocessable(complaint('greater_than_equal', where, msg, text));
  }
  if (limit > MOST_TRACES) {
    const msg = `Input should be less than or equal to ${MOST_TRACES}`;
    throw unprocessable(complaint('less_than_equal', where, msg, text));
  }
  return { traces: state.traces.list(query.get('agent') || undefined, limit) };
}

function readRun(body: JsonObject): { query: string; sessionId: string; context: JsonObject } {
  const { query, session_id: sessionId = 'default', context = null } = body;
  const mustBeText = 'Input should be a valid string';
  if (query === undefined) {
    throw unprocessable(complaint('missing', ['body', 'query'], 'Field required', null));
  }
  if (typeof query !== 'string') {
    throw unprocessable(complaint('string_type', ['body', 'query'], mustBeText, query));
  }
  if (typeof sessionId !== 'string') {
    throw unprocessable(complaint('string_type', ['body', 'session_id'], mustBeText, sessionId));
  }
  if (context !== null && !isObject(context)) {
    const msg = 'Input should be a valid dictionary';
    throw unprocessable(complaint('dict_type', ['body', 'context'], msg, context));
  }
  return { query, sessionId, context: context ?? {} };
}

function readyOf(state: NodeState): ReadyNode {
  if (!state.ready) throw notInitialized('unavailable');
  return state.ready;
}

function notInitialized(kind: 'unavailable' | 'not_found'): AppError {
  return new AppError(kind, 'runtime_not_initialized', 'Runtime not initialized');
}
