import { z } from 'zod';
import { cursorSchema, limitSchema } from '../platform/http/pagination.js';
import { lookupSchema, timeSchema } from '../platform/http/text.schemas.js';

const outcomeSchema = z
  .enum(['done', 'refused'])
  .describe('`done` for a change that was made, `refused` for an attempt that was not let through.')
  .meta({ id: 'AuditOutcome' });

const detailValue = z
  .union([z.string(), z.number(), z.boolean(), z.null()])
  .meta({ id: 'AuditDetail' });

/** One line of the audit. */
export const auditEntrySchema = z
  .object({
    number: z.int().describe('Orders the entries; there may be gaps.'),
    at: timeSchema,
    actor: z
      .object({
        kind: z
          .string()
          .describe(
            '`user`, `key`, `system`, `cluster` for a change of a resource, or `address` for somebody who proved nothing.',
          ),
        id: z.string(),
        label: z
          .string()
          .describe(
            'For people: an email address, the label of a key, the field manager of a resource.',
          ),
      })
      .meta({ id: 'AuditActor' }),
    action: z
      .string()
      .describe('What was done, such as `agent.created`; of a refusal the id of the operation.')
      .meta({ example: 'agent.created' }),
    tenantId: z.string().nullable(),
    target: z.string().describe('What it was done to; of a refusal the path.'),
    outcome: outcomeSchema,
    requestId: z.string().nullable(),
    detail: z.record(z.string(), detailValue),
  })
  .meta({ id: 'AuditEntry' });

function instantSchema(what: string) {
  return z.iso
    .datetime({ offset: true, error: 'must be a time such as 2026-01-31T09:30:00Z' })
    .transform((value) => new Date(value).toISOString())
    .optional()
    .describe(what)
    .meta({ example: '2026-01-31T09:30:00Z' });
}

function wordSchema(max: number, what: string, example: string) {
  return lookupSchema(max).min(1, 'must not be empty').optional().describe(what).meta({ example });
}

/** Which lines of the audit are wanted; every filter that is absent lets all through. */
export const auditQuery = z.strictObject({
  actor: wordSchema(320, 'Id of the actor, or an email address or label.', 'ada@example.com'),
  action: wordSchema(100, 'Exactly this action.', 'agent.created'),
  outcome: outcomeSchema.optional(),
  since: instantSchema('Not before this time.'),
  until: instantSchema('Before this time.'),
  limit: limitSchema,
  cursor: cursorSchema,
});

/** `:id` of a tenant: its id or its crName. */
export const auditParams = z.strictObject({
  id: lookupSchema(100).describe('Id (`t_…`) or crName (`tenant-…`) of the tenant.'),
});

export type AuditEntryView = z.output<typeof auditEntrySchema>;
export type AuditQuery = z.output<typeof auditQuery>;
export type AuditParams = z.output<typeof auditParams>;
