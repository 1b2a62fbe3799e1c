import type { AgentLogs, AgentMetrics, LiveStatus, RunAnswer } from './agent-runs.schemas.js';

// Examples for the documentation.

const at = '2026-01-31T09:30:00.000Z';

export const runExample: RunAnswer = {
  answer: 'echo: Where is order 4711?',
  steps: [],
  usage: { tokens_in: 8, tokens_out: 5, model: 'echo-1' },
  trace: { trace_id: '0af7651916cd43dd8448eb211c80319c', spans: [] },
};

/** What a reader of server-sent events sees of the same run. */
export const runEventsExample = [
  'event: status\ndata: {"status":"processing","agent":"support-bot"}\n\n',
  'event: token\ndata: {"content":"echo: Where"}\n\n',
  `event: done\ndata: ${JSON.stringify(runExample)}\n\n`,
].join('');

export const statusExample: LiveStatus = {
  name: 'support-bot',
  phase: 'Running',
  status: 'running',
  nodeAck: true,
  lastSyncedAt: at,
  uptime_seconds: 3600,
  active_conversations: 0,
  model_health: { 'echo-1': 'healthy' },
  memory_usage_mb: null,
  last_message_at: at,
  node: { name: 'support-bot', version: '1.0.0', status: 'deployed' },
};

export const logsExample: AgentLogs = {
  agent: 'support-bot',
  lines: [
    {
      timestamp: at,
      level: 'info',
      message: 'Run completed in 12 ms by echo-1, 8 tokens in, 5 out',
    },
  ],
};

/** What a reader who follows sees of the same log. */
export const logEventsExample = `id: agt_01kf3h5d0v8q2m7x4c9b6n1r5t.1.0.0\nevent: line\ndata: ${JSON.stringify(logsExample.lines[0])}\n\n`;

export const metricsExample: AgentMetrics = {
  agent: 'support-bot',
  period: '1h',
  conversations: { total: 1, active: 0, completed: 1 },
  latency_ms: { p50: 12, p95: 12, p99: 12 },
  tokens: { input: 8, output: 5, total: 13 },
  cost_usd: 0,
  tool_calls: {},
  errors: 0,
  coverage: { from: at, complete: true },
};
