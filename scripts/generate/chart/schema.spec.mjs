import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { valuesSchema } from './schema.mjs';
import { documentedValues } from './values.mjs';

const text = readFileSync('charts/nexus/values.yaml', 'utf8');
const documented = documentedValues(text);
const schema = valuesSchema(documented);

describe('the schema of the values', () => {
  const ajv = new Ajv({ allowUnionTypes: true, strict: false });
  addFormats.default(ajv);
  const validate = ajv.compile(schema);
  const pathsOf = (values) => {
    validate(values);
    return (validate.errors ?? []).map(({ instancePath }) => instancePath);
  };

  it('lets the defaults pass', () => {
    expect(pathsOf(parse(text))).toEqual([]);
  });

  it('knows every value that has a default, and no other', () => {
    const { global: _, ...known } = schema.properties;
    expect(Object.keys(known)).toEqual(Object.keys(parse(text)));
  });

  it.each([
    ['/replicas', { replicas: 'two' }],
    ['/database/type', { database: { type: 'mysql' } }],
    ['/settings/NEXUS_REGISTRATION', { settings: { NEXUS_REGISTRATION: 'opne' } }],
    ['/settings', { settings: { NEXUS_DATA_DIR: '/tmp' } }],
    ['/persistence/size', { persistence: { size: '2 GB' } }],
    ['/service/port', { service: { port: 0 } }],
    ['', { replica: 1 }],
  ])('refuses what is wrong at "%s"', (path, values) => {
    expect(pathsOf(values)).toEqual([path]);
  });

  it('says what each value means, and knows no value of another page', () => {
    expect(schema.properties.replicas.description).toContain('SQLite allows one');
    for (const { path, meaning } of documented) {
      const at = path.split('.').reduce((level, part) => level?.properties?.[part], schema);
      expect([path, at?.description]).toEqual([path, meaning]);
    }
    expect(() => valuesSchema([{ path: 'image.name', meaning: 'x' }])).toThrow('image.name');
  });
});
