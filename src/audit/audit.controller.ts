import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { Actor } from '../access/actor.js';
import { Endpoint } from '../access/endpoint.decorator.js';
import { CurrentActor, Hints } from '../access/request.decorators.js';
import type { TenantHints } from '../access/tenant-scope.js';
import { PAGE_HEADERS, sendPage } from '../platform/http/page-answer.js';
import { auditEntryExample } from './audit.examples.js';
import { AuditQueries } from './audit-queries.service.js';
import {
  auditEntrySchema,
  auditParams,
  auditQuery,
  type AuditEntryView,
  type AuditParams,
  type AuditQuery,
} from './audit.schemas.js';

/** Routes of the audit. */
@ApiTags('Audit')
@Controller('api/v1')
export class AuditController {
  constructor(private readonly audit: AuditQueries) {}

  @Get('tenants/:id/audit')
  @Endpoint({
    id: 'listTenantAudit',
    allow: 'audit:read',
    summary: 'Show what was done in a tenant',
    description: 'Changes, and what its members and keys were refused; newest first.',
    returns: z.array(auditEntrySchema),
    example: [auditEntryExample],
    headers: PAGE_HEADERS,
    errors: [404],
  })
  async ofTenant(
    @CurrentActor() actor: Actor,
    @Param({ schema: auditParams }) { id }: AuditParams,
    @Query({ schema: auditQuery }) query: AuditQuery,
    @Hints() hints: TenantHints,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AuditEntryView[]> {
    const { filter, ...page } = await this.audit.ofTenant(actor, id, query, hints);
    return sendPage(reply, page, filter);
  }

  @Get('audit')
  @Endpoint({
    id: 'listAudit',
    allow: 'audit:read-all',
    summary: 'Show what was done anywhere',
    description:
      'Everything, for admins: also what strangers were refused, and what those who proved nothing were, counted by address and minute; newest first.',
    returns: z.array(auditEntrySchema),
    example: [auditEntryExample],
    headers: PAGE_HEADERS,
  })
  async ofAll(
    @CurrentActor() actor: Actor,
    @Query({ schema: auditQuery }) query: AuditQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AuditEntryView[]> {
    const { filter, ...page } = await this.audit.ofAll(actor, query);
    return sendPage(reply, page, filter);
  }
}
