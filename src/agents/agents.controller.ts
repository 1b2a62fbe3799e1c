import { Controller, Delete, Get, Headers, Param, Post, Put, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Actor } from '../access/actor.js';
import { Endpoint } from '../access/endpoint.decorator.js';
import { CurrentActor, Hints, UnparsedBody } from '../access/request.decorators.js';
import type { TenantHints } from '../access/tenant-scope.js';
import { RAW_BODY, type RawBody } from '../platform/http/body-parsers.js';
import { sendJson } from '../platform/http/json-answer.js';
import { PAGE_HEADERS, sendPage, setPaging } from '../platform/http/page-answer.js';
import { AcceptsSpec, TenantHeader } from './agents.openapi.js';
import {
  agentExample,
  createdAgentExample,
  summaryExample,
  updatedAgentExample,
  versionExample,
} from './agent.examples.js';
import { AgentVersionsService } from './agent-versions.service.js';
import {
  agentDeletedSchema,
  agentParams,
  agentQuery,
  agentSchema,
  agentStateSchema,
  agentSummarySchema,
  agentVersionSchema,
  createdAgentSchema,
  listAgentsQuery,
  listVersionsQuery,
  updatedAgentSchema,
  versionParams,
  type AgentParams,
  type AgentQuery,
  type AgentState,
  type AgentVersionView,
  type CreatedAgent,
  type ListAgentsQuery,
  type ListVersionsQuery,
  type UpdatedAgent,
  type VersionParams,
} from './agents.schemas.js';
import { AgentsService } from './agents.service.js';
import { etagOf, revisionsOf } from './etag.js';

const ETAG = { ETag: 'The revision, in quotes.' } as const;

/** Routes of agent specs: deployed, shown, replaced, paused, reverted, deleted. */
@ApiTags('Agents')
@TenantHeader()
@Controller('api/v1/agents')
export class AgentsController {
  constructor(
    private readonly agents: AgentsService,
    private readonly versions: AgentVersionsService,
  ) {}

  @Post()
  @RouteConfig(RAW_BODY)
  @AcceptsSpec()
  @Endpoint({
    id: 'createAgent',
    allow: 'agents:write',
    summary: 'Deploy an agent',
    description: 'The body is the spec itself, as YAML or JSON; the name is `metadata.name`.',
    status: 201,
    returns: createdAgentSchema,
    example: createdAgentExample,
    headers: ETAG,
    errors: [404, 409, 413, 415],
  })
  async create(
    @CurrentActor() actor: Actor,
    @UnparsedBody() body: RawBody,
    @Query({ schema: agentQuery }) _query: AgentQuery,
    @Hints() hints: TenantHints,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CreatedAgent> {
    const created = await this.agents.create(actor, body, hints);
    void reply.header('ETag', etagOf(created.revision));
    return created;
  }

  @Get()
  @Endpoint({
    id: 'listAgents',
    allow: 'agents:read',
    summary: 'List agents',
    description: 'An admin who names no tenant gets the agents of all tenants.',
    returns: z.array(agentSummarySchema),
    example: [summaryExample],
    headers: PAGE_HEADERS,
    errors: [404],
  })
  async list(
    @CurrentActor() actor: Actor,
    @Query({ schema: listAgentsQuery }) query: ListAgentsQuery,
    @Hints() hints: TenantHints,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer> {
    const { filter, body, ...page } = await this.agents.list(actor, query, hints);
    setPaging(reply, page, filter);
    return sendJson(reply, body);
  }

  @Get(':name')
  @Endpoint({
    id: 'getAgent',
    allow: 'agents:read',
    summary: 'Show an agent',
    returns: agentSchema,
    example: agentExample,
    headers: ETAG,
    errors: [404],
  })
  async get(
    @CurrentActor() actor: Actor,
    @Param({ schema: agentParams }) { name }: AgentParams,
    @Query({ schema: agentQuery }) _query: AgentQuery,
    @Hints() hints: TenantHints,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer> {
    const { revision, body } = await this.agents.get(actor, name, hints);
    void reply.header('ETag', etagOf(revision));
    return sendJson(reply, body);
  }

  @Put(':name')
  @RouteConfig(RAW_BODY)
  @AcceptsSpec()
  @Endpoint({
    id: 'replaceAgent',
    allow: 'agents:write',
    summary: 'Replace the spec of an agent',
    description: 'An equal spec changes nothing. `If-Match` takes the revision that you have seen.',
    returns: updatedAgentSchema,
    example: updatedAgentExample,
    headers: ETAG,
    errors: [404, 409, 412, 413, 415],
  })
  async put(
    @CurrentActor() actor: Actor,
    @Param({ schema: agentParams }) { name }: AgentParams,
    @UnparsedBody() body: RawBody,
    @Headers('if-match') ifMatch: string | undefined,
    @Query({ schema: agentQuery }) _query: AgentQuery,
    @Hints() hints: TenantHints,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<UpdatedAgent> {
    const updated = await this.agents.put(actor, name, body, revisionsOf(ifMatch), hints);
    void reply.header('ETag', etagOf(updated.revision));
    return updated;
  }

  @Delete(':name')
  @Endpoint({
    id: 'deleteAgent',
    allow: 'agents:write',
    summary: 'Delete an agent',
    description: 'It is gone for callers at once, and taken off the node in the background.',
    returns: agentDeletedSchema,
    example: { deleted: 'support-bot' },
    errors: [404, 409],
  })
  delete(
    @CurrentActor() actor: Actor,
    @Param({ schema: agentParams }) { name }: AgentParams,
    @Query({ schema: agentQuery }) _query: AgentQuery,
    @Hints() hints: TenantHints,
  ): Promise<{ deleted: string }> {
    return this.agents.delete(actor, name, hints);
  }

  @Post(':name/pause')
  @Endpoint({
    id: 'pauseAgent',
    allow: 'agents:write',
    summary: 'Pause an agent',
    description: 'It stays paused, also when its node restarts, until it is resumed.',
    returns: agentStateSchema,
    example: { name: 'support-bot', status: 'updating', paused: true },
    errors: [404, 409],
  })
  pause(
    @CurrentActor() actor: Actor,
    @Param({ schema: agentParams }) { name }: AgentParams,
    @Query({ schema: agentQuery }) _query: AgentQuery,
    @Hints() hints: TenantHints,
  ): Promise<AgentState> {
    return this.agents.setPaused(actor, name, true, hints);
  }

  @Post(':name/resume')
  @Endpoint({
    id: 'resumeAgent',
    allow: 'agents:write',
    summary: 'Resume a paused agent',
    returns: agentStateSchema,
    example: { name: 'support-bot', status: 'updating', paused: false },
    errors: [404, 409],
  })
  resume(
    @CurrentActor() actor: Actor,
    @Param({ schema: agentParams }) { name }: AgentParams,
    @Query({ schema: agentQuery }) _query: AgentQuery,
    @Hints() hints: TenantHints,
  ): Promise<AgentState> {
    return this.agents.setPaused(actor, name, false, hints);
  }

  @Get(':name/versions')
  @Endpoint({
    id: 'listAgentVersions',
    allow: 'agents:read',
    summary: 'List the specs that an agent had',
    description: 'Newest first.',
    returns: z.array(agentVersionSchema),
    example: [versionExample],
    headers: PAGE_HEADERS,
    errors: [404],
  })
  async listVersions(
    @CurrentActor() actor: Actor,
    @Param({ schema: agentParams }) { name }: AgentParams,
    @Query({ schema: listVersionsQuery }) query: ListVersionsQuery,
    @Hints() hints: TenantHints,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AgentVersionView[]> {
    const { filter, ...page } = await this.versions.list(actor, name, query, hints);
    return sendPage(reply, page, filter);
  }

  @Post(':name/versions/:n/revert')
  @Endpoint({
    id: 'revertAgent',
    allow: 'agents:write',
    summary: 'Make a former spec the newest one',
    returns: updatedAgentSchema,
    example: updatedAgentExample,
    headers: ETAG,
    errors: [404, 409],
  })
  async revert(
    @CurrentActor() actor: Actor,
    @Param({ schema: versionParams }) { name, n }: VersionParams,
    @Query({ schema: agentQuery }) _query: AgentQuery,
    @Hints() hints: TenantHints,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<UpdatedAgent> {
    const updated = await this.versions.revert(actor, name, n, hints);
    void reply.header('ETag', etagOf(updated.revision));
    return updated;
  }
}
