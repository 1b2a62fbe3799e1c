import { Body, Controller, Delete, Get, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Actor } from '../access/actor.js';
import { Endpoint } from '../access/endpoint.decorator.js';
import { CurrentActor, Hints } from '../access/request.decorators.js';
import type { TenantHints } from '../access/tenant-scope.js';
import { PAGE_HEADERS, sendPage } from '../platform/http/page-answer.js';
import { TenantHandOver } from './tenant-handover.service.js';
import { tenantExample } from './tenant.examples.js';
import {
  createTenantSchema,
  handOverSchema,
  listTenantsQuery,
  patchTenantSchema,
  tenantDeletedSchema,
  tenantParams,
  tenantSchema,
  type CreateTenant,
  type HandOver,
  type ListTenantsQuery,
  type PatchTenant,
  type TenantParams,
  type TenantView,
} from './tenants.schemas.js';
import { TenantsService } from './tenants.service.js';

/** Routes of tenants. */
@ApiTags('Tenants')
@Controller('api/v1/tenants')
export class TenantsController {
  constructor(
    private readonly tenants: TenantsService,
    private readonly hands: TenantHandOver,
  ) {}

  @Post()
  @Endpoint({
    id: 'createTenant',
    allow: 'tenants:create',
    summary: 'Create a tenant',
    description: 'You become its owner. Its node is started in the background.',
    status: 201,
    returns: tenantSchema,
    example: tenantExample,
    errors: [409, 413, 415],
  })
  create(
    @CurrentActor() actor: Actor,
    @Body({ schema: createTenantSchema }) body: CreateTenant,
  ): Promise<TenantView> {
    return this.tenants.create(actor, body);
  }

  @Get()
  @Endpoint({
    id: 'listTenants',
    allow: 'tenants:list',
    summary: 'List tenants',
    description: 'All of them for an admin, your own otherwise.',
    returns: z.array(tenantSchema),
    example: [tenantExample],
    headers: PAGE_HEADERS,
  })
  async list(
    @CurrentActor() actor: Actor,
    @Query({ schema: listTenantsQuery }) query: ListTenantsQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TenantView[]> {
    return sendPage(reply, await this.tenants.list(actor, query), 'tenants');
  }

  @Get(':id')
  @Endpoint({
    id: 'getTenant',
    allow: 'tenants:read',
    summary: 'Show a tenant',
    returns: tenantSchema,
    example: tenantExample,
    errors: [404],
  })
  get(
    @CurrentActor() actor: Actor,
    @Param({ schema: tenantParams }) { id }: TenantParams,
    @Hints() hints: TenantHints,
  ): Promise<TenantView> {
    return this.tenants.get(actor, id, hints);
  }

  @Patch(':id')
  @Endpoint({
    id: 'updateTenant',
    allow: 'tenants:write',
    summary: 'Change a tenant',
    description: 'Only what is sent is changed. Suspending stops its node and keeps its agents.',
    returns: tenantSchema,
    example: tenantExample,
    errors: [404, 409, 413, 415],
  })
  patch(
    @CurrentActor() actor: Actor,
    @Param({ schema: tenantParams }) { id }: TenantParams,
    @Body({ schema: patchTenantSchema }) body: PatchTenant,
    @Hints() hints: TenantHints,
  ): Promise<TenantView> {
    return this.tenants.patch(actor, id, body, hints);
  }

  @Post(':id/origin')
  @Endpoint({
    id: 'handOverTenant',
    allow: 'tenants:handover',
    summary: 'Hand a tenant over to the other door',
    description:
      'With its agents, between this API and their resources in the cluster. Agents that come later belong to the door that they come through. Handing over to the cluster needs one.',
    returns: tenantSchema,
    example: tenantExample,
    errors: [404, 409, 413, 415],
  })
  handOver(
    @CurrentActor() actor: Actor,
    @Param({ schema: tenantParams }) { id }: TenantParams,
    @Body({ schema: handOverSchema }) body: HandOver,
    @Hints() hints: TenantHints,
  ): Promise<TenantView> {
    return this.hands.handOver(actor, id, body, hints);
  }

  @Delete(':id')
  @Endpoint({
    id: 'deleteTenant',
    allow: 'tenants:delete',
    summary: 'Delete a tenant',
    description: 'Goes on in the background: the phase is `Deleting` until it is gone.',
    returns: tenantDeletedSchema,
    example: { deleted: tenantExample.id },
    errors: [404, 409],
  })
  delete(
    @CurrentActor() actor: Actor,
    @Param({ schema: tenantParams }) { id }: TenantParams,
    @Hints() hints: TenantHints,
  ): Promise<{ deleted: string }> {
    return this.tenants.delete(actor, id, hints);
  }
}
