import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiHeader } from '@nestjs/swagger';
import { YAML_TYPES } from '../platform/http/body-parsers.js';
import { openApiSchema } from '../platform/http/openapi-schemas.js';
import { specExample } from './agent.examples.js';
import { agentSpecSchema } from './agents.schemas.js';

/** Documents the body of a route that takes an agent spec. */
export function AcceptsSpec(): MethodDecorator {
  return applyDecorators(
    ApiConsumes('application/json', ...YAML_TYPES),
    ApiBody({
      required: true,
      description: 'The agent spec, as JSON or YAML.',
      schema: openApiSchema(agentSpecSchema, 'input'),
      examples: { echo: { summary: 'Answers without a model service', value: specExample } },
    }),
  );
}

/** The ways to ask an agent. */
export const RUN_DESCRIPTION = `Waits for the whole answer, which is the node's own.

With \`Accept: text/event-stream\` the answer is a stream of server-sent events: \`status\`, \`token\`,
\`tool_call\`, \`tool_result\`, at last \`done\` with the plain answer, or \`error\` with the body of an error
answer. A comment comes every 15 s. Whoever leaves ends the node's run. What fails before the stream
begins is a plain error.

\`WS /api/v1/agents/{name}/run/stream\` (also below a tenant) carries many runs: send \`{"query", "session_id"?}\`,
receive the same as JSON messages \`{"type", …}\`. Credentials are the headers of any other route; a browser
sends \`Sec-WebSocket-Protocol: bearer, <token>\`.`;

/** What a log is made of, and how it is followed. */
export const LOGS_DESCRIPTION = `Its runs, and the node's own lines that name it, newest last.

With \`follow=true\` the answer is a stream of server-sent events \`line\`, begun with the newest lines. The \`id\` of
an event is a cursor: sent back as \`Last-Event-ID\`, the stream goes on after it, and no line is lost or
doubled. A comment comes every 15 s. The stream ends with an event \`error\` when access is lost or the agent
is deleted. Whoever has too many WebSockets and followed logs open gets 429 \`too_many_streams\`.`;

/** Documents the header that chooses the tenant. */
export function TenantHeader(): ClassDecorator {
  return ApiHeader({
    name: 'X-Tenant-ID',
    required: false,
    description: 'Id or crName of the tenant; needed when you can see several.',
    schema: { type: 'string' },
  });
}
