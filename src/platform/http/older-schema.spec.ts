import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SchemaCollector } from './openapi-schemas.js';

const colour = z.enum(['red', 'blue']).meta({ id: 'Colour' });

const REF = { $ref: '#/components/schemas/Colour' };

function older(schema: z.ZodType): unknown {
  return new SchemaCollector('3.0.3').convert(z.strictObject({ x: schema }), 'output');
}

describe('the schemas of an OpenAPI 3.0 document', () => {
  it('have a plain reference where nothing is beside it', () => {
    expect(older(colour.optional())).toMatchObject({ properties: { x: REF } });
  });

  it('keep what is beside a reference', () => {
    expect(older(colour.describe('Of the wall.'))).toMatchObject({
      properties: { x: { allOf: [REF], description: 'Of the wall.' } },
    });
  });

  it('say that a named thing may be null', () => {
    const nothing = { type: 'string', nullable: true, enum: [null] };
    expect(older(colour.nullable())).toMatchObject({
      properties: { x: { anyOf: [REF, nothing] } },
    });
    expect(older(z.union([colour, z.int()]).nullable())).toMatchObject({
      properties: { x: { anyOf: [REF, { type: 'integer' }, nothing] } },
    });
  });

  it('say nothing of null where anything goes', () => {
    expect(older(z.unknown().nullable())).toMatchObject({ properties: { x: {} } });
    expect(JSON.stringify(older(z.unknown().nullable()))).not.toContain('nullable');
  });

  it('name one of two properties that are the same to most languages', () => {
    const at = z.iso.datetime();
    expect(older(z.strictObject({ createdAt: at, created_at: at, updated_at: at }))).toMatchObject({
      properties: {
        x: {
          properties: { createdAt: { format: 'date-time' }, updated_at: { format: 'date-time' } },
          required: ['createdAt', 'updated_at'],
          additionalProperties: true,
        },
      },
    });
    expect(JSON.stringify(older(z.strictObject({ createdAt: at, created_at: at })))).not.toContain(
      'created_at',
    );
  });

  it('stay closed where nothing is left out', () => {
    expect(older(z.strictObject({ a: z.string() }))).toMatchObject({
      properties: { x: { required: ['a'], additionalProperties: false } },
    });
  });
});
