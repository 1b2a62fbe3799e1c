import { Body, Controller, Delete, Get, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Actor } from '../access/actor.js';
import { Endpoint } from '../access/endpoint.decorator.js';
import { CurrentActor, Hints } from '../access/request.decorators.js';
import type { TenantHints } from '../access/tenant-scope.js';
import { PAGE_HEADERS, sendPage } from '../platform/http/page-answer.js';
import {
  addMemberSchema,
  changeMemberSchema,
  listMembersQuery,
  memberParams,
  memberRemovedSchema,
  memberSchema,
  type AddMember,
  type ChangeMember,
  type ListMembersQuery,
  type MemberParams,
  type MemberView,
} from './members.schemas.js';
import { MembersService } from './members.service.js';
import { memberExample } from './tenant.examples.js';
import { tenantParams, type TenantParams } from './tenants.schemas.js';

/** Routes of a tenant's members. */
@ApiTags('Members')
@Controller('api/v1/tenants/:id/members')
export class MembersController {
  constructor(private readonly members: MembersService) {}

  @Get()
  @Endpoint({
    id: 'listMembers',
    allow: 'members:read',
    summary: 'List the members of a tenant',
    returns: z.array(memberSchema),
    example: [memberExample],
    headers: PAGE_HEADERS,
    errors: [404],
  })
  async list(
    @CurrentActor() actor: Actor,
    @Param({ schema: tenantParams }) { id }: TenantParams,
    @Query({ schema: listMembersQuery }) query: ListMembersQuery,
    @Hints() hints: TenantHints,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MemberView[]> {
    const { filter, ...page } = await this.members.list(actor, id, query, hints);
    return sendPage(reply, page, filter);
  }

  @Post()
  @Endpoint({
    id: 'addMember',
    allow: 'members:write',
    summary: 'Add a person to a tenant',
    description: 'The person has an account already. Asking for unknown addresses is limited.',
    status: 201,
    returns: memberSchema,
    example: memberExample,
    errors: [404, 409, 413, 415, 429],
  })
  add(
    @CurrentActor() actor: Actor,
    @Param({ schema: tenantParams }) { id }: TenantParams,
    @Body({ schema: addMemberSchema }) body: AddMember,
    @Hints() hints: TenantHints,
  ): Promise<MemberView> {
    return this.members.add(actor, id, body, hints);
  }

  @Patch(':userId')
  @Endpoint({
    id: 'changeMember',
    allow: 'members:write',
    summary: 'Change the role of a member',
    description: 'The last owner that can log in stays one.',
    returns: memberSchema,
    example: memberExample,
    errors: [404, 409, 413, 415],
  })
  change(
    @CurrentActor() actor: Actor,
    @Param({ schema: memberParams }) { id, userId }: MemberParams,
    @Body({ schema: changeMemberSchema }) body: ChangeMember,
    @Hints() hints: TenantHints,
  ): Promise<MemberView> {
    return this.members.change(actor, id, userId, body, hints);
  }

  @Delete(':userId')
  @Endpoint({
    id: 'removeMember',
    allow: 'tenants:read',
    summary: 'Take a member out of a tenant',
    description:
      'Owners take out anybody, everybody else themselves. Access ends at once; keys that the person made stay.',
    returns: memberRemovedSchema,
    example: { removed: memberExample.userId },
    errors: [404, 409],
  })
  remove(
    @CurrentActor() actor: Actor,
    @Param({ schema: memberParams }) { id, userId }: MemberParams,
    @Hints() hints: TenantHints,
  ): Promise<{ removed: string }> {
    return this.members.remove(actor, id, userId, hints);
  }
}
