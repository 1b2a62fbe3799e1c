import { Body, Controller, Delete, Get, Options, Patch, Post, Put, Res } from '@nestjs/common';
import { ApiExcludeEndpoint, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Actor } from '../access/actor.js';
import { Endpoint } from '../access/endpoint.decorator.js';
import { CallerGone, CurrentActor, Hints } from '../access/request.decorators.js';
import type { TenantHints } from '../access/tenant-scope.js';
import { AppError } from '../platform/errors/app-error.js';
import { NodeTarget } from './node-target.decorator.js';
import { type NodeRun, nodeAnswerSchema, nodeRunSchema } from './node-pass.schemas.js';
import { type NodeCall, NodePassService } from './node-pass.service.js';

const TENANT = {
  name: 'id',
  description: 'Id or crName of the tenant.',
  schema: { type: 'string', maxLength: 253 },
} as const;
/** The one thing that is asked of a node by POST. */
const RUN = /^agents\/[^/]+\/run\/?$/;
const REFUSED = {
  id: 'changeNode',
  allow: 'agents:run',
  summary: 'Refuse to change a node',
} as const;

/** The node of a tenant, for tools that speak its API: what reads, and runs; nothing that changes. */
@ApiTags('Node')
@Controller('api/v1/tenants/:id/node/v1')
export class NodePassController {
  constructor(private readonly node: NodePassService) {}

  @Get('*')
  @ApiParam(TENANT)
  @ApiParam({
    name: 'path',
    description: "A read route of the node, below its `/v1/`; its query is the node's own.",
    schema: { type: 'string', example: 'agents' },
  })
  @Endpoint({
    id: 'readNode',
    allow: 'agents:run',
    summary: "Read from a tenant's node",
    description: describePass('The node may hold agents of others.'),
    returns: nodeAnswerSchema,
    example: { agents: [{ name: 'support-bot', version: '1.0.0', status: 'deployed' }] },
    errors: [404, 405, 409, 429, 502, 504],
  })
  read(
    @CurrentActor() actor: Actor,
    @NodeTarget() target: NodeCall,
    @Hints() hints: TenantHints,
    @CallerGone() gone: AbortSignal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer> {
    if (RUN.test(target.path)) return refuse(target, reply);
    return this.passOn(actor, target, hints, gone, reply);
  }

  @Post('agents/:name/run')
  @ApiParam(TENANT)
  @ApiParam({
    name: 'name',
    description: 'Name of an agent on the node.',
    schema: { type: 'string', example: 'support-bot' },
  })
  @Endpoint({
    id: 'runOnNode',
    allow: 'agents:run',
    summary: "Run an agent on a tenant's node",
    description: describePass('Such a run is counted when its trace is read.'),
    returns: nodeAnswerSchema,
    example: { answer: 'echo: Where is order 4711?', steps: [], usage: null, trace: null },
    errors: [404, 405, 409, 413, 415, 429, 502, 504],
  })
  run(
    @CurrentActor() actor: Actor,
    @NodeTarget() target: NodeCall,
    @Body({ schema: nodeRunSchema }) run: NodeRun,
    @Hints() hints: TenantHints,
    @CallerGone() gone: AbortSignal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer> {
    return this.passOn(actor, { ...target, run }, hints, gone, reply);
  }

  @Post('*')
  @ApiExcludeEndpoint()
  @Endpoint(REFUSED)
  refusePost(
    @NodeTarget() target: NodeCall,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): never {
    return refuse(target, reply);
  }

  @Put('*')
  @ApiExcludeEndpoint()
  @Endpoint(REFUSED)
  refusePut(
    @NodeTarget() target: NodeCall,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): never {
    return refuse(target, reply);
  }

  @Patch('*')
  @ApiExcludeEndpoint()
  @Endpoint(REFUSED)
  refusePatch(
    @NodeTarget() target: NodeCall,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): never {
    return refuse(target, reply);
  }

  @Delete('*')
  @ApiExcludeEndpoint()
  @Endpoint(REFUSED)
  refuseDelete(
    @NodeTarget() target: NodeCall,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): never {
    return refuse(target, reply);
  }

  @Options('*')
  @ApiExcludeEndpoint()
  @Endpoint(REFUSED)
  refuseOptions(
    @NodeTarget() target: NodeCall,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): never {
    return refuse(target, reply);
  }

  private async passOn(
    actor: Actor,
    call: NodeCall,
    hints: TenantHints,
    gone: AbortSignal,
    reply: FastifyReply,
  ): Promise<Buffer> {
    const { status, contentType, body } = await this.node.pass(actor, call, hints, gone);
    void reply.status(status).header('Content-Type', contentType);
    void reply.header('X-Content-Type-Options', 'nosniff').header('Cache-Control', 'no-store');
    return body;
  }
}

/** What is true of every call that is passed on. */
function describePass(more: string): string {
  return `The node's own answer. Your credential is checked here and not passed on. ${more} An error of the node
comes in our shape, with the node's own \`detail\`. Registering, deploying, pausing and deleting are 405: use
the agent routes, the node follows them.`;
}

/** What changes a node would be undone by the next check. */
function refuse({ path }: NodeCall, reply: FastifyReply): never {
  void reply.header('Allow', RUN.test(path) ? 'POST' : 'GET');
  throw new AppError(
    'method_not_allowed',
    'method_not_allowed',
    'A node is not changed directly: deploy, pause and delete with the agent routes of the tenant (/api/v1/tenants/{id}/agents); only GET and POST agents/{name}/run are passed on.',
  );
}
