import { Body, Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import type { Readable } from 'node:stream';
import { ApiHeader, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Actor } from '../../access/actor.js';
import { Endpoint } from '../../access/endpoint.decorator.js';
import {
  CallerGone,
  CurrentActor,
  Hints,
  LastEventId,
  Proof,
  WantsEvents,
} from '../../access/request.decorators.js';
import type { TenantHints } from '../../access/tenant-scope.js';
import type { AuthRequest } from '../../access/authenticator.js';
import type { Asking } from '../agent-access.service.js';
import { AgentInsightService } from '../insight/agent-insight.service.js';
import { AgentLogFollower } from '../insight/agent-log-follower.service.js';
import { sendEvents } from '../../platform/http/event-stream.js';
import {
  logEventsExample,
  logsExample,
  metricsExample,
  runEventsExample,
  runExample,
  statusExample,
} from './agent-runs.examples.js';
import { LOGS_DESCRIPTION, RUN_DESCRIPTION } from '../agents.openapi.js';
import {
  agentLogsSchema,
  agentMetricsSchema,
  liveStatusSchema,
  logsQuery,
  metricsQuery,
  runAgentSchema,
  runAnswerSchema,
  type AgentLogs,
  type AgentMetrics,
  type LiveStatus,
  type LogsQuery,
  type MetricsQuery,
  type RunAgent,
  type RunAnswer,
} from './agent-runs.schemas.js';
import { AgentRunsService } from './agent-runs.service.js';
import { TenantHeader } from '../agents.openapi.js';
import { agentParams, agentQuery, type AgentParams, type AgentQuery } from '../agents.schemas.js';

/** Routes that ask an agent, and show what it does. */
@ApiTags('Runs')
@TenantHeader()
@Controller('api/v1/agents/:name')
export class AgentRunsController {
  constructor(
    private readonly runs: AgentRunsService,
    private readonly insight: AgentInsightService,
    private readonly follower: AgentLogFollower,
  ) {}

  @Post('run')
  @Endpoint({
    id: 'runAgent',
    allow: 'agents:run',
    summary: 'Ask an agent',
    description: RUN_DESCRIPTION,
    returns: runAnswerSchema,
    example: runExample,
    events: runEventsExample,
    errors: [404, 413, 415, 502, 504],
  })
  run(
    @CurrentActor() actor: Actor,
    @Param({ schema: agentParams }) { name }: AgentParams,
    @Query({ schema: agentQuery }) _query: AgentQuery,
    @Body({ schema: runAgentSchema }) body: RunAgent,
    @Hints() hints: TenantHints,
    @CallerGone() gone: AbortSignal,
    @WantsEvents() events: boolean,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RunAnswer | Readable> {
    if (!events) return this.runs.run(actor, name, body, hints, gone);
    return sendEvents(reply, this.runs.events(actor, name, body, hints, gone));
  }

  @Get('status')
  @Endpoint({
    id: 'getAgentStatus',
    allow: 'agents:read',
    summary: "Show the node's live view of an agent",
    returns: liveStatusSchema,
    example: statusExample,
    errors: [404, 502, 504],
  })
  status(
    @CurrentActor() actor: Actor,
    @Param({ schema: agentParams }) { name }: AgentParams,
    @Query({ schema: agentQuery }) _query: AgentQuery,
    @Hints() hints: TenantHints,
  ): Promise<LiveStatus> {
    return this.insight.status(actor, name, hints);
  }

  @Get('logs')
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'With `follow=true`: the `id` of the last event that was seen.',
    schema: { type: 'string' },
  })
  @Endpoint({
    id: 'getAgentLogs',
    allow: 'agents:read',
    summary: 'Show the log of an agent',
    description: LOGS_DESCRIPTION,
    returns: agentLogsSchema,
    example: logsExample,
    events: logEventsExample,
    errors: [404, 429],
  })
  logs(
    @CurrentActor() actor: Actor,
    @Param({ schema: agentParams }) { name }: AgentParams,
    @Query({ schema: logsQuery }) query: LogsQuery,
    @Hints() hints: TenantHints,
    @Proof() request: AuthRequest,
    @LastEventId() lastEventId: string | undefined,
    @CallerGone() gone: AbortSignal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AgentLogs | Readable> {
    if (!query.follow) return this.insight.logs(actor, name, query, hints);
    const facts = { permission: 'agents:read', operation: 'getAgentLogs' } as const;
    const asking: Asking = { request, hints, name, ...facts };
    return sendEvents(reply, this.follower.follow(asking, query, lastEventId, gone));
  }

  @Get('metrics')
  @Endpoint({
    id: 'getAgentMetrics',
    allow: 'agents:read',
    summary: 'Show what the runs of an agent add up to',
    returns: agentMetricsSchema,
    example: metricsExample,
    errors: [404],
  })
  metrics(
    @CurrentActor() actor: Actor,
    @Param({ schema: agentParams }) { name }: AgentParams,
    @Query({ schema: metricsQuery }) query: MetricsQuery,
    @Hints() hints: TenantHints,
  ): Promise<AgentMetrics> {
    return this.insight.metrics(actor, name, query, hints);
  }
}
