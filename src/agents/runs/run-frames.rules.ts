import { NodeError, reasonOf } from '../../nodes/node.errors.js';
import type { NodeFrame, RunResult } from '../../nodes/node.schemas.js';
import { textAt } from '../../platform/json/json-object.js';
import { type CallFacts, factsOf } from './agent-call.rules.js';

// What a node sends while an agent runs, as callers see it. The frames of a node's stream hold
// less than its plain answer; what is missing is put together from the frames before.

/** One thing that happened in a run. */
export interface RunFrame {
  type: 'status' | 'token' | 'tool_call' | 'tool_result' | 'done';
  [key: string]: unknown;
}

/** A call of a tool, in the shape of the steps of a plain answer. */
interface Step {
  thought: null;
  action: string | null;
  action_input: unknown;
  observation: unknown;
  result: string | null;
}

const PASSED_ON: ReadonlySet<string> = new Set(['status', 'token', 'tool_call', 'tool_result']);
const NO_REASON = 'it gave no reason';
const MOST_STEPS = 1_000;

/** Follows the frames of one run. */
export class Transcript {
  private readonly steps: Step[] = [];

  /**
   * @returns what callers see; undefined for a frame of a kind that nobody knows
   * @throws NodeError for the node's `error` frame
   */
  take(frame: NodeFrame): RunFrame | undefined {
    if (frame.type === 'error') throw failureOf(frame);
    if (frame.type === 'done') return this.end(frame);
    if (!PASSED_ON.has(frame.type)) return undefined;
    if (frame.type === 'tool_call' && this.steps.length < MOST_STEPS)
      this.steps.push(stepOf(frame));
    return frame as RunFrame;
  }

  /** What is known of a run that did not come to its end. */
  facts(): CallFacts {
    return factsOf({ answer: null, steps: this.steps });
  }

  private end({ type: _type, answer, usage, ...rest }: NodeFrame): RunFrame {
    const last = { action: null, action_input: null, observation: null };
    const result = typeof answer === 'string' ? answer : null;
    return {
      type: 'done',
      answer: answer ?? null,
      steps: [...this.steps, { thought: null, ...last, result }],
      usage: usage ?? null,
      trace: null,
      ...rest,
    };
  }
}

/** The plain answer in a `done` frame. */
export function answerOf({ type: _type, ...answer }: RunFrame): RunResult {
  return answer as unknown as RunResult;
}

function stepOf(frame: NodeFrame): Step {
  return {
    thought: null,
    action: textAt(frame, 'name') ?? textAt(frame, 'tool') ?? null,
    action_input: frame['arguments'] ?? null,
    observation: null,
    result: null,
  };
}

/** The node's reason; its own time-out is one of ours. */
function failureOf(frame: NodeFrame): NodeError {
  const { error, message, hint } = frame;
  const kind = error === 'timeout' || error === 'run_timeout' ? 'timeout' : 'failed';
  return new NodeError(kind, reasonOf({ detail: [message ?? error, hint] }, NO_REASON), 502);
}
