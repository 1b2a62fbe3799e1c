import { z } from 'zod';

// What is relied upon in a node's answers; everything else is let through.

/** Answer to `GET /v1/health`. */
export const healthSchema = z.looseObject({ status: z.string(), version: z.string().optional() });

/** An agent in the list of a node; `error` says why it was not built. */
export const listedAgentSchema = z.looseObject({
  name: z.string(),
  version: z.unknown(),
  status: z.string(),
  error: z.string().nullish(),
});

/** Answer to `GET /v1/agents`. */
export const agentListSchema = z.looseObject({ agents: z.array(listedAgentSchema) });

/** Answer to `GET /v1/traces/`, newest first; each trace is read on its own. */
export const traceListSchema = z.looseObject({ traces: z.array(z.unknown()) });

/** Answer to `GET /v1/agents/{name}`: the config as it was last registered. */
export const configSchema = z.looseObject({});

/** Answer to `GET /v1/system/status`; times in seconds, memory in megabytes. */
export const systemStatusSchema = z.looseObject({
  version: z.string().optional(),
  uptime_seconds: z.number(),
  pid: z.number().optional(),
  memory_usage_mb: z.number().optional(),
});

/** Answer to `POST /v1/agents/{name}/run`. */
export const runResultSchema = z.looseObject({
  answer: z.unknown(),
  steps: z.array(z.unknown()).optional(),
  usage: z
    .looseObject({
      tokens_in: z.number().optional(),
      tokens_out: z.number().optional(),
      model: z.string().nullish(),
    })
    .nullish(),
  trace: z
    .looseObject({
      trace_id: z.string().nullish(),
      spans: z
        .array(
          z.looseObject({
            name: z.string().optional(),
            attributes: z.record(z.string(), z.unknown()).optional(),
          }),
        )
        .optional(),
    })
    .nullish(),
});

export type NodeHealth = z.output<typeof healthSchema>;
export type ListedAgent = z.output<typeof listedAgentSchema>;
export type AgentConfig = z.output<typeof configSchema>;
export type SystemStatus = z.output<typeof systemStatusSchema>;
export type RunResult = z.output<typeof runResultSchema>;

/** One message of a node over its WebSocket. */
export interface NodeFrame {
  type: string;
  [key: string]: unknown;
}

/** What is asked of an agent. */
export interface RunRequest {
  query: string;
  session_id?: string | undefined;
  context?: Record<string, unknown> | undefined;
}
