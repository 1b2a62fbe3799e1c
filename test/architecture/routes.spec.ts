import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Operation {
  operationId?: string;
  summary?: string;
  security?: object[];
  requestBody?: { content: Record<string, { schema?: object }> };
  parameters?: { name: string; schema?: object }[];
  responses: Record<string, { content?: Record<string, { schema?: object; example?: unknown }> }>;
}

const document = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as {
  paths: Record<string, Record<string, Operation>>;
};
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(
    ([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const,
  ),
);
const PUBLIC = [
  'GET /healthz',
  'GET /readyz',
  'POST /auth/register',
  'POST /auth/login',
  'POST /auth/refresh',
];

describe('the API document', () => {
  it('has a name of its own for every operation', () => {
    const names = operations.map(([, { operationId }]) => operationId);
    expect(names.every((name) => /^[a-z][A-Za-z]+$/.test(name ?? ''))).toBe(true);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(operations)('%s says what it does and whom it lets in', (route, operation) => {
    expect(operation.summary).toMatch(/^[A-Z]/);
    const isPublic = PUBLIC.includes(route);
    const secured = (operation.security ?? []).flatMap((one) => Object.keys(one));
    expect(secured).toEqual(isPublic ? [] : ['jwt', 'apiKey']);
    const statuses = Object.keys(operation.responses);
    expect(statuses).toEqual(expect.arrayContaining(isPublic ? ['400'] : ['400', '401', '403']));
  });

  it.each(operations)('%s describes whatever goes in and out', (_route, operation) => {
    const answers = Object.entries(operation.responses)
      .filter(([status]) => status !== '204')
      .map(([, { content }]) => content?.['application/json']);
    expect(answers.every((media) => media?.schema !== undefined)).toBe(true);
    expect(answers.every((media) => media?.example !== undefined)).toBe(true);
    const bodies = Object.values(operation.requestBody?.content ?? {});
    expect(bodies.every(({ schema }) => schema !== undefined)).toBe(true);
    expect((operation.parameters ?? []).every(({ schema }) => schema !== undefined)).toBe(true);
  });
});
