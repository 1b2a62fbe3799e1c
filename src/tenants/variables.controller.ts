import { Body, Controller, Delete, Get, Param, Put, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Actor } from '../access/actor.js';
import { Endpoint } from '../access/endpoint.decorator.js';
import { CurrentActor, Hints } from '../access/request.decorators.js';
import type { TenantHints } from '../access/tenant-scope.js';
import { PAGE_HEADERS, sendPage } from '../platform/http/page-answer.js';
import { variableExample } from './tenant.examples.js';
import { tenantParams, type TenantParams } from './tenants.schemas.js';
import {
  listVariablesQuery,
  setVariableSchema,
  variableDeletedSchema,
  variableParams,
  variableSchema,
  type ListVariablesQuery,
  type SetVariable,
  type VariableParams,
  type VariableView,
} from './variables.schemas.js';
import { VariablesService } from './variables.service.js';

/** Routes of a tenant's variables. */
@ApiTags('Variables')
@Controller('api/v1/tenants/:id/variables')
export class VariablesController {
  constructor(private readonly variables: VariablesService) {}

  @Get()
  @Endpoint({
    id: 'listVariables',
    allow: 'variables:read',
    summary: 'List the variables of a tenant',
    description: 'Names and times, never values.',
    returns: z.array(variableSchema),
    example: [variableExample],
    headers: PAGE_HEADERS,
    errors: [404],
  })
  async list(
    @CurrentActor() actor: Actor,
    @Param({ schema: tenantParams }) { id }: TenantParams,
    @Query({ schema: listVariablesQuery }) query: ListVariablesQuery,
    @Hints() hints: TenantHints,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<VariableView[]> {
    const { filter, ...page } = await this.variables.list(actor, id, query, hints);
    return sendPage(reply, page, filter);
  }

  @Put(':name')
  @Endpoint({
    id: 'setVariable',
    allow: 'variables:write',
    summary: 'Set a variable of a tenant',
    description:
      "Part of the environment of the tenant's node, for example a model key that a spec names with `api_key_env`. A new value restarts the node; an equal one changes nothing.",
    returns: variableSchema,
    example: variableExample,
    errors: [404, 409, 413, 415],
  })
  set(
    @CurrentActor() actor: Actor,
    @Param({ schema: variableParams }) { id, name }: VariableParams,
    @Body({ schema: setVariableSchema }) body: SetVariable,
    @Hints() hints: TenantHints,
  ): Promise<VariableView> {
    return this.variables.set(actor, id, name, body, hints);
  }

  @Delete(':name')
  @Endpoint({
    id: 'deleteVariable',
    allow: 'variables:write',
    summary: 'Delete a variable of a tenant',
    description: 'Restarts the node.',
    returns: variableDeletedSchema,
    example: { deleted: variableExample.name },
    errors: [404, 409],
  })
  remove(
    @CurrentActor() actor: Actor,
    @Param({ schema: variableParams }) { id, name }: VariableParams,
    @Hints() hints: TenantHints,
  ): Promise<{ deleted: string }> {
    return this.variables.remove(actor, id, name, hints);
  }
}
