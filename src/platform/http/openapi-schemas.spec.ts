import type { OpenAPIObject } from '@nestjs/swagger';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openApiSchema, SchemaCollector } from './openapi-schemas.js';

const colour = z.enum(['red', 'blue']).meta({ id: 'Colour' });
const paint = z.strictObject({ colour, litres: z.int() }).meta({ id: 'Paint' });

const REF = { $ref: '#/components/schemas/Colour' };

function documentOf(schema: unknown): OpenAPIObject {
  return { paths: { '/': { get: { schema } } } } as never;
}

describe('the schemas of a document', () => {
  it('are referred to by name, and collected with what they name themselves', () => {
    const collector = new SchemaCollector('3.1.0');
    expect(collector.convert(z.array(paint), 'output')).toEqual({
      type: 'array',
      items: { $ref: '#/components/schemas/Paint' },
    });
    const { components } = collector.complete(documentOf({}));
    expect(Object.keys(components?.schemas ?? {})).toEqual(['Colour', 'Paint']);
    expect(components?.schemas?.['Paint']).toMatchObject({ properties: { colour: REF } });
  });

  it('stay as they are in a decorator until a document is made, in its version', () => {
    const described = { ...openApiSchema(z.string().nullable(), 'output'), example: 'x' };
    const made = (['3.1.0', '3.0.3'] as const).map(
      (version) => new SchemaCollector(version).complete(documentOf(described)).paths,
    );
    expect(made).toEqual([
      { '/': { get: { schema: { type: ['string', 'null'], example: 'x' } } } },
      { '/': { get: { schema: { type: 'string', nullable: true, example: 'x' } } } },
    ]);
  });

  it('belong to one document alone', () => {
    new SchemaCollector('3.1.0').convert(paint, 'output');
    const { components } = new SchemaCollector('3.1.0').complete(documentOf({}));
    expect(components?.schemas).toEqual({});
  });

  it('may not share a name with another one', () => {
    const collector = new SchemaCollector('3.1.0');
    collector.convert(paint, 'output');
    const other = z.strictObject({ other: z.string() }).meta({ id: 'Paint' });
    expect(() => collector.convert(other, 'output')).toThrow(/are called Paint/);
  });

  it('may not mean different things in requests and answers under one name', () => {
    const collector = new SchemaCollector('3.1.0');
    const preset = z.strictObject({ litres: z.int().default(1) }).meta({ id: 'Preset' });
    collector.convert(preset, 'input');
    expect(() => collector.convert(preset, 'output')).toThrow(/requests and answers/);
  });
});
