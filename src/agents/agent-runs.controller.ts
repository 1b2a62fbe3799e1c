import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Actor } from '../access/actor.js';
import { Endpoint } from '../access/endpoint.decorator.js';
import { CallerGone, CurrentActor, Hints } from '../access/request.decorators.js';
import type { TenantHints } from '../access/tenant-scope.js';
import { AgentInsightService } from './agent-insight.service.js';
import { logsExample, metricsExample, runExample, statusExample } from './agent-runs.examples.js';
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
import { TenantHeader } from './agents.openapi.js';
import { agentParams, agentQuery, type AgentParams, type AgentQuery } from './agents.schemas.js';

/** Routes that ask an agent, and show what it does. */
@ApiTags('Runs')
@TenantHeader()
@Controller('api/v1/agents/:name')
export class AgentRunsController {
  constructor(
    private readonly runs: AgentRunsService,
    private readonly insight: AgentInsightService,
  ) {}

  @Post('run')
  @Endpoint({
    id: 'runAgent',
    allow: 'agents:run',
    summary: 'Ask an agent',
    description: "Waits for the whole answer, which is the node's own.",
    returns: runAnswerSchema,
    example: runExample,
    errors: [404, 413, 415, 502, 504],
  })
  run(
    @CurrentActor() actor: Actor,
    @Param({ schema: agentParams }) { name }: AgentParams,
    @Query({ schema: agentQuery }) _query: AgentQuery,
    @Body({ schema: runAgentSchema }) body: RunAgent,
    @Hints() hints: TenantHints,
    @CallerGone() gone: AbortSignal,
  ): Promise<RunAnswer> {
    return this.runs.run(actor, name, body, hints, gone);
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
  @Endpoint({
    id: 'getAgentLogs',
    allow: 'agents:read',
    summary: 'Show the log of an agent',
    description: "Its runs, and the node's own lines that name it, newest last.",
    returns: agentLogsSchema,
    example: logsExample,
    errors: [404],
  })
  logs(
    @CurrentActor() actor: Actor,
    @Param({ schema: agentParams }) { name }: AgentParams,
    @Query({ schema: logsQuery }) query: LogsQuery,
    @Hints() hints: TenantHints,
  ): Promise<AgentLogs> {
    return this.insight.logs(actor, name, query, hints);
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
