/**
 * One run of an agent: system prompt, what the session remembers, and the query, sent to the first
 * model of the agent that answers. There is one completion; no tools and no loop.
 */
import { AppError } from '../platform/errors/app-error.js';
import type { Clock } from '../platform/clock/clock.js';
import type { BuiltAgent, ModelBlock } from './agent.build.js';
import { startDeadline } from './deadline.js';
import type { JsonObject } from './json.js';
import type { NodeLog } from './node.log.js';
import { fillPrompt } from './prompt.js';
import { modelError, toModelError } from './providers/model.errors.js';
import type { ChatMessage, ModelAnswer, ModelProvider } from './providers/provider.types.js';
import type { SessionMemory } from './session-memory.js';
import { TraceRecorder, type Trace, type TraceRing } from './traces.js';
import { usageOf, type Usage } from './usage.js';

export interface RunRequest {
  query: string;
  sessionId: string;
  /** Fills the placeholders of the system prompt. */
  context: JsonObject;
  /** Gets the pieces of the answer as they arrive. */
  onToken?: (text: string) => void;
  /** Aborted when the caller leaves. */
  signal: AbortSignal;
}

export interface RunStep {
  thought: null;
  action: null;
  action_input: null;
  observation: null;
  result: string;
}

/** The answer of `POST /v1/agents/{n}/run` but for its chain. */
export interface RunResult {
  answer: string;
  steps: RunStep[];
  usage: Usage | null;
  trace: Trace;
  /** This node makes no structured output. */
  data: null;
}

export interface RunParts {
  /** By the provider's name in `spec.model`. */
  providers: ReadonlyMap<string, ModelProvider>;
  traces: TraceRing;
  sessions: SessionMemory;
  clock: Clock;
  log: NodeLog;
}

/** Runs agents that are built: asks their models and keeps a trace of each run. */
export class RunService {
  constructor(private readonly parts: RunParts) {}

  /**
   * Runs an agent. The trace is kept whatever the outcome.
   *
   * @throws AppError of an `upstream_…` kind when no model answers, `run_timeout` (timeout) past
   *   `orchestration.timeout_seconds`; the signal's reason when the caller left
   */
  async run(agent: BuiltAgent, request: RunRequest): Promise<RunResult> {
    const { clock, traces, log } = this.parts;
    const recorder = new TraceRecorder(clock, agent.name, request.sessionId);
    const root = recorder.start('agent.run', {
      agent: agent.name,
      session: request.sessionId,
      query: request.query,
    });
    const traceId = recorder.trace.trace_id;
    try {
      const content = await this.complete(agent, request, recorder);
      recorder.finish(root, 'ok');
      log.info('run finished', { agent: agent.name, traceId, durationMs: root.duration_ms });
      return toResult(content, recorder.trace);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      recorder.finish(root, 'error', { error_message: reason });
      log.warn('run failed', { agent: agent.name, traceId, error: reason });
      throw error;
    } finally {
      traces.add(recorder.trace);
    }
  }

  private async complete(
    agent: BuiltAgent,
    request: RunRequest,
    recorder: TraceRecorder,
  ): Promise<string> {
    const { sessions, clock } = this.parts;
    const query: ChatMessage = { role: 'user', content: request.query };
    const system = fillPrompt(agent.system, request.context);
    const earlier = agent.maxTurns > 0 ? sessions.recall(agent.name, request.sessionId) : [];
    const opening: ChatMessage[] = system === '' ? [] : [{ role: 'system', content: system }];
    const messages = [...opening, ...earlier, query];
    const limitMs = agent.timeoutMs;
    const limit = limitMs
      ? startDeadline(clock, limitMs, request.signal, () => runTimeout(agent.name, limitMs))
      : undefined;
    try {
      const signal = limit?.signal ?? request.signal;
      const { content } = await this.askInTurn(agent, messages, { ...request, signal }, recorder);
      if (agent.maxTurns > 0) {
        const turn: ChatMessage[] = [query, { role: 'assistant', content }];
        sessions.remember(agent.name, request.sessionId, turn, agent.maxTurns);
      }
      return content;
    } finally {
      limit?.clear();
    }
  }

  /** The next model is asked only while nothing of an answer was handed out. */
  private async askInTurn(
    agent: BuiltAgent,
    messages: readonly ChatMessage[],
    request: RunRequest,
    recorder: TraceRecorder,
  ): Promise<ModelAnswer> {
    let failure = noProviders();
    let streamed = false;
    const { onToken } = request;
    const passOn = onToken && ((text: string): void => ((streamed = true), onToken(text)));
    for (const block of agent.models) {
      try {
        return await this.ask(block, messages, { ...request, onToken: passOn }, recorder);
      } catch (error) {
        if (request.signal.aborted) throw error;
        failure = toModelError(error);
      }
      if (streamed) break;
    }
    throw failure;
  }

  private async ask(
    block: ModelBlock,
    messages: readonly ChatMessage[],
    { onToken, signal }: { onToken: RunRequest['onToken'] | undefined; signal: AbortSignal },
    recorder: TraceRecorder,
  ): Promise<ModelAnswer> {
    const provider = this.parts.providers.get(block.provider);
    if (!provider) throw noProviders();
    const span = recorder.start('llm.complete', { role: 'default', provider: block.provider });
    try {
      const answer = await provider.complete({ block, messages, onToken, signal });
      recorder.finish(span, 'ok', {
        model: answer.model,
        input_tokens: answer.inputTokens,
        output_tokens: answer.outputTokens,
        cost: answer.cost,
        response: answer.content,
      });
      return answer;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      recorder.finish(span, 'error', { error_message: reason });
      throw error;
    }
  }
}

function toResult(answer: string, trace: Trace): RunResult {
  const step = { thought: null, action: null, action_input: null, observation: null };
  return { answer, steps: [{ ...step, result: answer }], usage: usageOf(trace), trace, data: null };
}

function noProviders(): AppError {
  return modelError(
    'model_no_providers',
    'No LLM providers are configured for this agent.',
    'Define spec.model.primary (and optional fallback) with provider echo, ollama, openai or ' +
      'openai_compat.',
  );
}

function runTimeout(agent: string, limitMs: number): AppError {
  const detail = { error: 'timeout', agent, timeout_seconds: limitMs / 1000 };
  const message = `agent '${agent}' timed out after ${limitMs / 1000}s`;
  return new AppError('timeout', 'run_timeout', message, { extra: detail });
}
