import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

type Json = Record<string, unknown>;

/** A schema somewhere in a document. */
interface Place {
  path: string;
  schema: Json;
}

const DOCUMENTS = ['docs/openapi.json', 'docs/openapi-3.0.json'] as const;
const [NEWEST, OLDER] = DOCUMENTS;

/** Keys below which there are no schemas but data of any shape. */
const DATA = new Set(['example', 'examples', 'default', 'enum', 'const']);
/** Keys that hold schemas by name. */
const BY_NAME = new Set(['properties', 'patternProperties', 'schemas']);
/** Keys that hold one schema, or a list of them. */
const BELOW = new Set([
  'schema',
  'items',
  'additionalProperties',
  'not',
  'allOf',
  'anyOf',
  'oneOf',
]);

/** The formats of the registry that every generator knows. */
const FORMATS = new Set<unknown>([
  'int32',
  'int64',
  'float',
  'double',
  'date',
  'date-time',
  'duration',
  'email',
  'hostname',
  'ipv4',
  'ipv6',
  'password',
  'uri',
  'uuid',
]);

/** What JSON Schema has and OpenAPI 3.0 has not. */
const NOT_IN_3_0 = [
  '$defs',
  '$schema',
  'const',
  'contentEncoding',
  'dependentRequired',
  'examples',
  'if',
  'patternProperties',
  'prefixItems',
  'propertyNames',
  'unevaluatedProperties',
];

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function read(file: string): Json {
  return JSON.parse(readFileSync(file, 'utf8')) as Json;
}

/** Every schema of a document, wherever it is. */
function schemasOf(value: unknown, path = '#'): Place[] {
  if (Array.isArray(value))
    return value.flatMap((one, index) => schemasOf(one, `${path}/${index}`));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    const at = `${path}/${key}`;
    if (DATA.has(key)) return [];
    return [...placesAt(key, child, at), ...schemasOf(child, at)];
  });
}

function placesAt(key: string, child: unknown, path: string): Place[] {
  if (BELOW.has(key)) {
    return [child].flat().flatMap((schema) => (isObject(schema) ? [{ path, schema }] : []));
  }
  if (!BY_NAME.has(key) || !isObject(child)) return [];
  return Object.entries(child).flatMap(([name, schema]) =>
    isObject(schema) ? [{ path: `${path}/${name}`, schema }] : [],
  );
}

const isNamed = (path: string): boolean => /^#\/components\/schemas\/\w+$/.test(path);
/** One word is an enum, too: OpenAPI 3.0 has no other word for it. */
const isEnum = (schema: Json): boolean =>
  !isNull(schema) && (Array.isArray(schema['enum']) || 'const' in schema);
/** A map from any key has no properties. */
const hasProperties = ({ properties }: Json): boolean => isObject(properties);

/** A choice of schemas; a schema or nothing is none. */
const isUnion = ({ anyOf, oneOf }: Json): boolean =>
  [anyOf ?? oneOf ?? []].flat().filter((one) => !isNull(one as Json)).length > 1;
const isNull = ({ type, enum: values }: Json): boolean =>
  type === 'null' || (Array.isArray(values) && values.every((value) => value === null));

/** Where an enum, an object or a union has no name for the generated clients. */
function unnamed(document: Json): string[] {
  const nameless = schemasOf(document).filter(({ path }) => !isNamed(path));
  return nameless
    .filter(({ schema }) => isEnum(schema) || hasProperties(schema) || isUnion(schema))
    .map(({ path }) => path);
}

describe.each(DOCUMENTS)('%s', (file) => {
  const document = read(file);
  const schemas = schemasOf(document);

  it('names every enum, object and union', () => {
    expect(schemas.length).toBeGreaterThan(100);
    expect(unnamed(document)).toEqual([]);
  });

  it('has standard formats only', () => {
    const odd = schemas.filter(
      ({ schema }) => schema['format'] !== undefined && !FORMATS.has(schema['format']),
    );
    expect(odd).toEqual([]);
  });

  it('has patterns that every language reads', () => {
    const odd = schemas.filter(({ schema }) => /\\[pP]\{|\(\?</.test(String(schema['pattern'])));
    expect(odd).toEqual([]);
  });

  it('leaves nothing unconverted', () => {
    expect(readFileSync(file, 'utf8')).not.toMatch(/x-pending|"#\/(\$defs|definitions)\//);
  });
});

describe('the search for what has no name', () => {
  const inline = { type: 'object', properties: { a: { type: 'string' } } };
  const choice = { type: 'string', enum: ['a', 'b'] };
  const media = (schema: Json): Json => ({ 'application/json': { schema } });

  it.each<[string, Json]>([
    ['a body', { requestBody: { content: media(inline) } }],
    ['an answer', { responses: { 200: { content: media(inline) } } }],
    ['a list', { responses: { 200: { content: media({ type: 'array', items: inline }) } } }],
    ['a parameter', { parameters: [{ name: 'x', in: 'query', schema: choice }] }],
    ['a header', { responses: { 200: { headers: { x: { schema: choice } } } } }],
    ['a map', { requestBody: { content: media({ additionalProperties: choice }) } }],
    [
      'a union',
      { requestBody: { content: media({ oneOf: [{ type: 'string' }, { type: 'null' }, {}] }) } },
    ],
    ['one word', { requestBody: { content: media({ type: 'string', enum: ['a'] }) } }],
    ['a constant', { requestBody: { content: media({ const: 'a' }) } }],
    ['an open object', { requestBody: { content: media({ type: 'object', properties: {} }) } }],
    ['one of several', { requestBody: { content: media({ anyOf: [inline] }) } }],
  ])('finds it in %s', (_where, operation) => {
    expect(unnamed({ paths: { '/x': { post: operation } } })).toHaveLength(1);
  });

  it('finds it below a name', () => {
    const named = { type: 'object', properties: { choice } };
    expect(unnamed({ components: { schemas: { Named: named } } })).toEqual([
      '#/components/schemas/Named/properties/choice',
    ]);
  });
});

describe('the two versions', () => {
  it('say which they are', () => {
    expect(read(NEWEST)['openapi']).toBe('3.1.0');
    expect(read(OLDER)['openapi']).toBe('3.0.3');
  });

  it('tell of the same routes, statuses and names', () => {
    const outline = (file: string): unknown => {
      const { paths, components } = read(file) as {
        paths: Record<string, Record<string, { operationId: string; responses: Json }>>;
        components: { schemas: Json };
      };
      const operations = Object.entries(paths).flatMap(([path, item]) =>
        Object.entries(item).map(([method, { operationId, responses }]) =>
          [method, path, operationId, ...Object.keys(responses)].join(' '),
        ),
      );
      return [operations, Object.keys(components.schemas)];
    };
    expect(outline(OLDER)).toEqual(outline(NEWEST));
  });

  it('keep to the words of OpenAPI 3.0 in the older one', () => {
    const foreign = schemasOf(read(OLDER)).filter(
      ({ schema }) =>
        NOT_IN_3_0.some((key) => key in schema) ||
        Array.isArray(schema['type']) ||
        typeof schema['exclusiveMinimum'] === 'number' ||
        typeof schema['exclusiveMaximum'] === 'number' ||
        ('$ref' in schema && Object.keys(schema).length > 1) ||
        (schema['nullable'] === true && schema['type'] === undefined),
    );
    expect(foreign).toEqual([]);
  });
});
