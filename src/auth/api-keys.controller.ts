import { Body, Controller, Delete, Get, Param, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Actor } from '../access/actor.js';
import { Endpoint } from '../access/endpoint.decorator.js';
import { CurrentActor, Hints } from '../access/request.decorators.js';
import type { TenantHints } from '../access/tenant-scope.js';
import { PAGE_HEADERS, sendPage } from '../platform/http/page-answer.js';
import { tenantParams, type TenantParams } from '../tenants/tenants.schemas.js';
import {
  apiKeySchema,
  createApiKeySchema,
  createdApiKeySchema,
  keyParams,
  keyRevokedSchema,
  listKeysQuery,
  type ApiKeyView,
  type CreateApiKey,
  type CreatedApiKey,
  type KeyParams,
  type ListKeysQuery,
} from './api-keys.schemas.js';
import { ApiKeysService } from './api-keys.service.js';
import { apiKeyExample, createdApiKeyExample } from './auth.examples.js';

/** Routes of a tenant's API keys. */
@ApiTags('Keys')
@Controller('api/v1/tenants/:id/keys')
export class ApiKeysController {
  constructor(private readonly keys: ApiKeysService) {}

  @Post()
  @Endpoint({
    id: 'createTenantKey',
    allow: 'keys:write',
    summary: 'Make an API key of a tenant',
    description: '`rawKey` is shown in this answer alone.',
    status: 201,
    returns: createdApiKeySchema,
    example: createdApiKeyExample,
    errors: [404, 409, 413, 415],
  })
  create(
    @CurrentActor() actor: Actor,
    @Param({ schema: tenantParams }) { id }: TenantParams,
    @Body({ schema: createApiKeySchema }) body: CreateApiKey,
    @Hints() hints: TenantHints,
  ): Promise<CreatedApiKey> {
    return this.keys.create(actor, id, body, hints);
  }

  @Get()
  @Endpoint({
    id: 'listTenantKeys',
    allow: 'keys:read',
    summary: 'List the API keys of a tenant',
    description: 'Those that are not revoked, oldest first.',
    returns: z.array(apiKeySchema),
    example: [apiKeyExample],
    headers: PAGE_HEADERS,
    errors: [404],
  })
  async list(
    @CurrentActor() actor: Actor,
    @Param({ schema: tenantParams }) { id }: TenantParams,
    @Query({ schema: listKeysQuery }) query: ListKeysQuery,
    @Hints() hints: TenantHints,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ApiKeyView[]> {
    const { page, filters } = await this.keys.list(actor, id, query, hints);
    return sendPage(reply, page, filters);
  }

  @Delete(':hash')
  @Endpoint({
    id: 'revokeTenantKey',
    allow: 'keys:write',
    summary: 'Revoke an API key of a tenant',
    returns: keyRevokedSchema,
    example: { revoked: apiKeyExample.hash },
    errors: [404],
  })
  revoke(
    @CurrentActor() actor: Actor,
    @Param({ schema: keyParams }) { id, hash }: KeyParams,
    @Hints() hints: TenantHints,
  ): Promise<{ revoked: string }> {
    return this.keys.revoke(actor, id, hash, hints);
  }
}
