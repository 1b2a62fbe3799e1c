import { Body, Controller, Delete, Get, Param, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Actor } from '../access/actor.js';
import { Endpoint } from '../access/endpoint.decorator.js';
import { CurrentActor } from '../access/request.decorators.js';
import { PAGE_HEADERS, sendPage } from '../platform/http/page-answer.js';
import { AdminKeysService } from './admin-keys.service.js';
import {
  adminKeyParams,
  apiKeySchema,
  createAdminKeySchema,
  createdApiKeySchema,
  keyRevokedSchema,
  listKeysQuery,
  type AdminKeyParams,
  type ApiKeyView,
  type CreateAdminKey,
  type CreatedApiKey,
  type ListKeysQuery,
} from './api-keys.schemas.js';
import { apiKeyExample, createdApiKeyExample } from './auth.examples.js';

/** Routes of the API keys that reach the whole installation. */
@ApiTags('Keys')
@Controller('api/v1/keys')
export class AdminKeysController {
  constructor(private readonly keys: AdminKeysService) {}

  @Post()
  @Endpoint({
    id: 'createAdminKey',
    allow: 'admin-keys:write',
    summary: 'Make an API key for the whole installation',
    description:
      'For admins with a session: a key cannot make keys like itself. `rawKey` is shown in this answer alone.',
    status: 201,
    returns: createdApiKeySchema,
    example: createdApiKeyExample,
    errors: [413, 415],
  })
  create(
    @CurrentActor() actor: Actor,
    @Body({ schema: createAdminKeySchema }) body: CreateAdminKey,
  ): Promise<CreatedApiKey> {
    return this.keys.create(actor, body);
  }

  @Get()
  @Endpoint({
    id: 'listAdminKeys',
    allow: 'admin-keys:read',
    summary: 'List the API keys for the whole installation',
    description: 'For admins with a session. Those that are not revoked, oldest first.',
    returns: z.array(apiKeySchema),
    example: [apiKeyExample],
    headers: PAGE_HEADERS,
  })
  async list(
    @CurrentActor() actor: Actor,
    @Query({ schema: listKeysQuery }) query: ListKeysQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ApiKeyView[]> {
    const { page, filters } = await this.keys.list(actor, query);
    return sendPage(reply, page, filters);
  }

  @Delete(':hash')
  @Endpoint({
    id: 'revokeAdminKey',
    allow: 'admin-keys:write',
    summary: 'Revoke an API key for the whole installation',
    description: 'For admins with a session.',
    returns: keyRevokedSchema,
    example: { revoked: apiKeyExample.hash },
    errors: [404],
  })
  revoke(
    @CurrentActor() actor: Actor,
    @Param({ schema: adminKeyParams }) { hash }: AdminKeyParams,
  ): Promise<{ revoked: string }> {
    return this.keys.revoke(actor, hash);
  }
}
