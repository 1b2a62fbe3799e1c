import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { keepsUnknown, mapKeyedBy, rules, structuralSchema } from './structural-schema.js';

describe('structuralSchema', () => {
  it('says of an object what the API server understands', () => {
    const schema = z.strictObject({
      count: z.int().min(0).optional(),
      on: z.boolean().default(false),
      at: z.iso.datetime(),
    });
    expect(structuralSchema(schema)).toEqual({
      type: 'object',
      required: ['at'],
      properties: {
        count: { type: 'integer', format: 'int64', minimum: 0 },
        on: { type: 'boolean', default: false },
        at: { type: 'string', format: 'date-time' },
      },
    });
  });

  it('carries rules and keys, and makes null a word of the type', () => {
    const rule = { rule: 'true', message: 'm' };
    const item = z.looseObject({ type: z.string().max(9) }).meta(keepsUnknown());
    const schema = z
      .strictObject({
        list: z.array(item).meta(mapKeyedBy('type')).nullish(),
      })
      .meta(rules(rule));
    expect(structuralSchema(schema)).toEqual({
      type: 'object',
      'x-kubernetes-validations': [rule],
      properties: {
        list: {
          type: 'array',
          nullable: true,
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['type'],
          items: {
            type: 'object',
            required: ['type'],
            properties: { type: { type: 'string', maxLength: 9 } },
            'x-kubernetes-preserve-unknown-fields': true,
          },
        },
      },
    });
  });
});
