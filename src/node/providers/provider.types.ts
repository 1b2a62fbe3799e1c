import type { ModelBlock } from '../agent.build.js';

export interface ChatMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

/** One completion to make. */
export interface ModelRequest {
  block: ModelBlock;
  messages: readonly ChatMessage[];
  /** Gets the pieces of the answer as they arrive; asks the model to stream. */
  onToken: ((text: string) => void) | undefined;
  /** Aborted when nobody waits for the answer any more. */
  signal: AbortSignal;
}

export interface ModelAnswer {
  content: string;
  /** The model that was asked. */
  model: string;
  inputTokens: number;
  outputTokens: number;
  /** US dollars; 0 when the price is unknown. */
  cost: number;
}

export interface ModelProvider {
  /** @throws AppError of kind `upstream_failed` or `upstream_timeout`, made by `modelError` */
  complete(request: ModelRequest): Promise<ModelAnswer>;
}
