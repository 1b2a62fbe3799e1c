import { z } from 'zod';
import { numberInTextOr } from '../../platform/http/number.schemas.js';
import { lineSchema, timeSchema } from '../../platform/http/text.schemas.js';
import { namespaceQuery } from '../agents.schemas.js';

const MOST_QUERY_CHARACTERS = 100_000;

/** Body of a run: the question, and the conversation it belongs to. */
export const runAgentSchema = z
  .strictObject({
    query: z
      .string()
      .min(1, 'must not be empty')
      .max(MOST_QUERY_CHARACTERS)
      .describe('What to ask.')
      .meta({ example: 'Where is order 4711?' }),
    session_id: lineSchema(200)
      .optional()
      .describe('Runs with the same id share a conversation.')
      .meta({ example: 'ada-1' }),
    context: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('Further facts for the agent, as the node takes them.'),
  })
  .meta({ id: 'RunAgent' });

/** A message of a client on the WebSocket. */
export const runMessageSchema = z.strictObject({
  query: runAgentSchema.shape.query,
  session_id: runAgentSchema.shape.session_id,
});

const usageSchema = z
  .looseObject({
    tokens_in: z.number().optional(),
    tokens_out: z.number().optional(),
    model: z.string().nullable().optional(),
  })
  .meta({ id: 'RunUsage' });

/** The node's answer to a run, as it is; only what is relied upon is named. */
export const runAnswerSchema = z
  .looseObject({
    answer: z.unknown(),
    steps: z.array(z.unknown()).optional(),
    usage: usageSchema.nullable().optional(),
    trace: z.looseObject({}).meta({ id: 'RunTrace' }).nullable().optional(),
  })
  .meta({ id: 'RunAnswer' });

/**
 * What the record and the node together say of an agent now. Times are ISO-8601 UTC,
 * `uptime_seconds` seconds, `memory_usage_mb` megabytes.
 */
export const liveStatusSchema = z
  .looseObject({
    name: z.string(),
    phase: z.string(),
    status: z.string(),
    nodeAck: z.boolean(),
    lastSyncedAt: timeSchema.nullable(),
    uptime_seconds: z.number().nullable().describe('Of the node.'),
    active_conversations: z.int().describe('Runs under way through this server.'),
    model_health: z
      .record(z.string(), z.enum(['healthy', 'failing']).meta({ id: 'ModelHealth' }))
      .describe('By model, from the newest run of the last hour.'),
    memory_usage_mb: z.number().nullable(),
    last_message_at: timeSchema.nullable().describe('When the newest run ended.'),
    node: z
      .looseObject({})
      .describe("The node's own view of the agent.")
      .meta({ id: 'AgentOnNode' }),
  })
  .meta({ id: 'LiveStatus' });

export const LOG_LEVELS = ['debug', 'info', 'warning', 'error'] as const;

const level = z.enum(LOG_LEVELS).meta({ id: 'LogLevel' });

/** Which lines of the log are wanted; `lines` becomes a number. */
export const logsQuery = z.strictObject({
  namespace: namespaceQuery,
  lines: numberInTextOr(100, 1, 1000, 'must be a whole number from 1 to 1000')
    .describe('Most lines; the newest are kept.')
    .meta({ example: 100 }),
  since: z.iso
    .datetime({ offset: true, error: 'must be an ISO-8601 time' })
    .optional()
    .describe('Only lines from this time on.'),
  level: level.optional().describe('Only lines at least this important.'),
  follow: z
    .enum(['true', 'false'])
    .default('false')
    .transform((value) => value === 'true')
    .describe('Whether to go on with new lines as they come, as server-sent events.')
    .meta({ id: 'Follow', example: 'false' }),
});

/** Lines of an agent, oldest first. */
export const agentLogsSchema = z
  .object({
    agent: z.string(),
    lines: z.array(
      z.object({ timestamp: timeSchema, level, message: z.string() }).meta({ id: 'LogLine' }),
    ),
  })
  .meta({ id: 'AgentLogs' });

export const PERIODS = { '5m': 5, '15m': 15, '1h': 60, '24h': 24 * 60, '7d': 7 * 24 * 60 } as const;

export type Period = keyof typeof PERIODS;

const periodSchema = z
  .enum(Object.keys(PERIODS) as [Period, ...Period[]])
  .meta({ id: 'MetricsPeriod' });

/** Over which of the periods metrics are counted. */
export const metricsQuery = z.strictObject({
  namespace: namespaceQuery,
  period: periodSchema.default('1h'),
});

const count = z.int();
const milliseconds = z.number().nullable().describe('Null without runs.');

/**
 * What the recorded runs of a period add up to. Latencies are milliseconds, the cost is US
 * dollars.
 */
export const agentMetricsSchema = z
  .object({
    agent: z.string(),
    period: periodSchema,
    conversations: z
      .object({ total: count, active: count, completed: count })
      .meta({ id: 'ConversationMetrics' }),
    latency_ms: z
      .object({ p50: milliseconds, p95: milliseconds, p99: milliseconds })
      .meta({ id: 'LatencyMetrics' }),
    tokens: z.object({ input: count, output: count, total: count }).meta({ id: 'TokenMetrics' }),
    cost_usd: z.number(),
    tool_calls: z.record(z.string(), count).describe('Calls by tool.'),
    errors: count,
    coverage: z
      .object({
        from: timeSchema.describe(
          'How far back every run is counted, also those made past this API.',
        ),
        complete: z
          .boolean()
          .describe('Whether that is the whole period, or the whole life of the agent.'),
      })
      .meta({ id: 'MetricsCoverage' }),
  })
  .meta({ id: 'AgentMetrics' });

export type RunAgent = z.output<typeof runAgentSchema>;
export type RunMessage = z.output<typeof runMessageSchema>;
export type RunAnswer = z.output<typeof runAnswerSchema>;
export type LiveStatus = z.output<typeof liveStatusSchema>;
export type LogsQuery = z.output<typeof logsQuery>;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type AgentLogs = z.output<typeof agentLogsSchema>;
export type LogLine = AgentLogs['lines'][number];
export type MetricsQuery = z.output<typeof metricsQuery>;
export type AgentMetrics = z.output<typeof agentMetricsSchema>;
