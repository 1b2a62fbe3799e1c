import { Body, Controller, Delete, Get, Param, Patch, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Actor } from '../access/actor.js';
import { type Caller, CurrentCaller } from '../access/caller.decorator.js';
import { Endpoint } from '../access/endpoint.decorator.js';
import { CallerGone, CurrentActor } from '../access/request.decorators.js';
import { PAGE_HEADERS, sendPage } from '../platform/http/page-answer.js';
import { identityExample, sessionEntryExample, userIdentityExample } from './auth.examples.js';
import {
  identitySchema,
  userIdentitySchema,
  type Identity,
  type UserIdentity,
} from './auth.schemas.js';
import {
  listSessionsQuery,
  patchMeSchema,
  sessionEntrySchema,
  sessionParams,
  type ListSessionsQuery,
  type PatchMe,
  type SessionEntry,
  type SessionParams,
} from './me.schemas.js';
import { MeService } from './me.service.js';

/** Routes of one's own account. */
@ApiTags('Accounts')
@Controller('api/v1/me')
export class MeController {
  constructor(private readonly me: MeService) {}

  @Get()
  @Endpoint({
    id: 'whoAmI',
    allow: 'account:read',
    summary: 'Show who you are',
    description: 'A person with the tenants they are in, or what a key is for.',
    returns: identitySchema,
    example: identityExample,
  })
  show(@CurrentActor() actor: Actor): Promise<Identity> {
    return this.me.identify(actor);
  }

  @Patch()
  @Endpoint({
    id: 'updateMe',
    allow: 'account:write',
    summary: 'Change your account',
    description:
      'Only what is sent is changed. A new password needs the current one, and ends your other sessions; a wrong one is 403 `password_wrong`, and leaves this session as it is.',
    returns: userIdentitySchema,
    example: userIdentityExample,
    errors: [413, 415, 429],
  })
  patch(
    @CurrentActor() actor: Actor,
    @Body({ schema: patchMeSchema }) body: PatchMe,
    @CurrentCaller() caller: Caller,
    @CallerGone() signal: AbortSignal,
  ): Promise<UserIdentity> {
    return this.me.patch(actor, body, { caller, signal });
  }

  @Get('sessions')
  @Endpoint({
    id: 'listMySessions',
    allow: 'account:write',
    summary: 'List your sessions',
    description: 'Those that have not ended, oldest first.',
    returns: z.array(sessionEntrySchema),
    example: [sessionEntryExample],
    headers: PAGE_HEADERS,
  })
  async listSessions(
    @CurrentActor() actor: Actor,
    @Query({ schema: listSessionsQuery }) query: ListSessionsQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SessionEntry[]> {
    return sendPage(reply, await this.me.listSessions(actor, query), 'sessions');
  }

  @Delete('sessions/:id')
  @Endpoint({
    id: 'endMySession',
    allow: 'account:write',
    summary: 'End one of your sessions',
    description: 'Its tokens are refused from then on. It may be the one that asks.',
    status: 204,
    errors: [404],
  })
  endSession(
    @CurrentActor() actor: Actor,
    @Param({ schema: sessionParams }) { id }: SessionParams,
  ): Promise<void> {
    return this.me.endSession(actor, id);
  }
}
