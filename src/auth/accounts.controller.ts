import { Body, Controller, Get, Param, Patch, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Actor } from '../access/actor.js';
import { Endpoint } from '../access/endpoint.decorator.js';
import { CurrentActor } from '../access/request.decorators.js';
import { PAGE_HEADERS, sendPage } from '../platform/http/page-answer.js';
import {
  accountParams,
  accountSchema,
  listAccountsQuery,
  patchAccountSchema,
  type AccountParams,
  type AccountView,
  type ListAccountsQuery,
  type PatchAccount,
} from './accounts.schemas.js';
import { AccountsService } from './accounts.service.js';
import { accountExample } from './auth.examples.js';

/** Routes of all accounts, for admins of the installation. */
@ApiTags('Users')
@Controller('api/v1/users')
export class AccountsController {
  constructor(private readonly accounts: AccountsService) {}

  @Get()
  @Endpoint({
    id: 'listUsers',
    allow: 'users:read',
    summary: 'List all users',
    description: 'For admins of the installation. Oldest first.',
    returns: z.array(accountSchema),
    example: [accountExample],
    headers: PAGE_HEADERS,
  })
  async list(
    @CurrentActor() actor: Actor,
    @Query({ schema: listAccountsQuery }) query: ListAccountsQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AccountView[]> {
    return sendPage(reply, await this.accounts.list(actor, query), 'users');
  }

  @Get(':id')
  @Endpoint({
    id: 'getUser',
    allow: 'users:read',
    summary: 'Show a user',
    description: 'For admins of the installation.',
    returns: accountSchema,
    example: accountExample,
    errors: [404],
  })
  get(
    @CurrentActor() actor: Actor,
    @Param({ schema: accountParams }) { id }: AccountParams,
  ): Promise<AccountView> {
    return this.accounts.get(actor, id);
  }

  @Patch(':id')
  @Endpoint({
    id: 'updateUser',
    allow: 'users:write',
    summary: 'Disable or enable a user, or change the role',
    description:
      'For admins of the installation. A disabled user is refused on the very next request; enabling does not bring sessions back. The last admin that can log in stays one.',
    returns: accountSchema,
    example: accountExample,
    errors: [404, 409, 413, 415],
  })
  patch(
    @CurrentActor() actor: Actor,
    @Param({ schema: accountParams }) { id }: AccountParams,
    @Body({ schema: patchAccountSchema }) body: PatchAccount,
  ): Promise<AccountView> {
    return this.accounts.patch(actor, id, body);
  }
}
