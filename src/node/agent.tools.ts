import { AppError } from '../platform/errors/app-error.js';
import { isObject, textAt, type JsonObject } from './json.js';

/** The built-in tools of an astromesh-node; naming another one makes its deploy fail. */
const BUILT_IN_TOOLS: ReadonlySet<string> = new Set([
  'cache_store',
  'datetime_now',
  'graphql_query',
  'http_request',
  'json_transform',
  'rag_ingest',
  'rag_query',
  'read_file',
  'send_email',
  'send_message',
  'send_slack',
  'send_webhook',
  'sql_query',
  'text_summarize',
  'web_scrape',
  'web_search',
  'wikipedia',
  'write_file',
]);

export interface AgentTool {
  type: string;
  name: string | undefined;
}

/**
 * The tools that a spec lists. They are checked, not executed: this node offers no tool to a model.
 *
 * @throws AppError `agent_unbuildable` where an astromesh-node falls over: an unknown built-in
 *   tool, or one without the keys that its type needs
 */
export function readAgentTools(spec: JsonObject): AgentTool[] {
  const tools = spec['tools'] ?? [];
  if (!Array.isArray(tools)) throw unbuildable('spec.tools is not a list');
  return tools.map((entry: unknown, index) => readTool(entry, `spec.tools[${index}]`));
}

function readTool(entry: unknown, path: string): AgentTool {
  if (!isObject(entry)) throw unbuildable(`${path} is not an object`);
  const tool = { type: textAt(entry, 'type') ?? 'internal', name: textAt(entry, 'name') };
  if (tool.type === 'builtin' && !BUILT_IN_TOOLS.has(tool.name ?? '')) {
    throw unbuildable(`${path} names no built-in tool: ${tool.name ?? '(none)'}`);
  }
  if (tool.type === 'agent' && !(tool.name && textAt(entry, 'agent'))) {
    throw unbuildable(`${path} lacks name or agent`);
  }
  return tool;
}

function unbuildable(message: string): AppError {
  return new AppError('internal', 'agent_unbuildable', message);
}
