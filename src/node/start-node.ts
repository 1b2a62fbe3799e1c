/** Puts the parts of a node together and starts it. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../platform/clock/clock.js';
import { AgentsRuntime } from './agents.runtime.js';
import { AgentsStore } from './agents.store.js';
import { openDoor } from './bearer.js';
import { ChainRunner } from './chain.run.js';
import { createNodeServer } from './http-server.js';
import type { NodeSettings } from './node.config.js';
import type { NodeLog } from './node.log.js';
import { nodeRoutes, type NodeState } from './node.routes.js';
import { EchoProvider } from './providers/echo.js';
import { EndpointGuard } from './providers/endpoint-guard.js';
import { ModelHttp } from './providers/model-http.js';
import { OllamaProvider } from './providers/ollama.js';
import { OpenAiCompatProvider } from './providers/openai-compat.js';
import type { ModelProvider } from './providers/provider.types.js';
import { RunService } from './run.service.js';
import { SessionMemory } from './session-memory.js';
import { TraceRing } from './traces.js';
import { AgentSockets } from './websocket.js';

/** How long runs under way may go on once the node was told to stop. */
const GRACE_MS = 700;

export interface RunningNode {
  /** `http://host:port` with the real port. */
  url: string;
  port: number;
  /** Settles when the stored agents are loaded; rejects when they cannot be read at all. */
  ready: Promise<void>;
  /** Stops accepting, lets runs end for a moment, cuts the rest. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts a node. It resolves when it listens; until `ready` it answers like a node that starts.
 *
 * @throws Error when the port is taken or `{dir}/token` cannot be used
 */
export async function startNode(
  settings: NodeSettings,
  clock: Clock,
  log: NodeLog,
): Promise<RunningNode> {
  const mayPass = await openDoor(settings.dir);
  const state: NodeState = {
    clock,
    startedMs: clock.monotonicMs(),
    traces: new TraceRing(),
    sessions: new SessionMemory(),
    ready: undefined,
  };
  const providers = new Map<string, ModelProvider>();
  const runs = new RunService({ ...state, providers, log });
  const server = createNodeServer(nodeRoutes(state), mayPass, log);
  const sockets = new AgentSockets(state, runs, mayPass);
  sockets.attach(server);
  const port = await listen(server, settings.host, settings.port);
  addProviders(providers, settings, port, clock);
  const ready = AgentsRuntime.open(new AgentsStore(settings.dir, log), log).then((runtime) => {
    state.ready = { runtime, chains: new ChainRunner(runtime, runs) };
  });
  const host = settings.host.includes(':') ? `[${settings.host}]` : settings.host;
  let closing: Promise<void> | undefined;
  return {
    url: `http://${host}:${port}`,
    port,
    ready,
    close: () => (closing ??= stop(server, sockets, clock)),
  };
}

function addProviders(
  providers: Map<string, ModelProvider>,
  settings: NodeSettings,
  port: number,
  clock: Clock,
): void {
  // An agent that asked its own node for a model could go round for ever.
  const guard = new EndpointGuard([...settings.deniedPorts, { from: port, to: port }]);
  const http = new ModelHttp(guard, clock);
  const openAi = new OpenAiCompatProvider(http, settings.secret);
  providers.set('echo', new EchoProvider());
  providers.set('ollama', new OllamaProvider(http));
  providers.set('openai_compat', openAi);
  providers.set('openai', openAi);
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function stop(server: Server, sockets: AgentSockets, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const cut = clock.after(GRACE_MS, () => {
      sockets.terminate();
      server.closeAllConnections();
    });
    server.close(() => {
      cut.cancel();
      resolve();
    });
    sockets.close();
    server.closeIdleConnections();
  });
}
