import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { isList, ROUTES } from '../support/document.js';

/** The rows of the HTTP contract's table of routes; a `*` is any one part of a path. */
const CONTRACT = `
POST          /auth/register
POST          /auth/login
POST          /auth/refresh
POST          /auth/logout
GET PATCH     /api/v1/me
GET           /api/v1/me/sessions
DELETE        /api/v1/me/sessions/*
GET           /api/v1/users
GET PATCH     /api/v1/users/*
GET POST      /api/v1/keys
DELETE        /api/v1/keys/*
GET POST      /api/v1/tenants
GET PATCH     /api/v1/tenants/*
DELETE        /api/v1/tenants/*
POST          /api/v1/tenants/*/origin
GET POST      /api/v1/tenants/*/members
PATCH DELETE  /api/v1/tenants/*/members/*
GET POST      /api/v1/tenants/*/keys
DELETE        /api/v1/tenants/*/keys/*
GET           /api/v1/tenants/*/variables
PUT DELETE    /api/v1/tenants/*/variables/*
GET           /api/v1/tenants/*/audit
GET           /api/v1/audit
GET           /healthz
GET           /readyz
`;

/** Those of agents, which are there below a tenant as well. */
const OF_AGENTS = `
GET POST      /agents
GET PUT       /agents/*
DELETE        /agents/*
GET           /agents/*/status
GET           /agents/*/logs
GET           /agents/*/metrics
POST          /agents/*/run
POST          /agents/*/pause
POST          /agents/*/resume
GET           /agents/*/versions
POST          /agents/*/versions/*/revert
`;

/** Tests that are made from the document itself, so that they say of no operation what it is for. */
const OF_THE_DOCUMENT = /\/(access-matrix|injection)\./;

/** What is no operation of the document, and has to be in a test by name. */
const BESIDE_THE_DOCUMENT = ['/run/stream', '/node/v1/', '/docs', '/openapi-3.0.json'];

const rowsOf = (table: string, prefix = ''): string[] =>
  table
    .trim()
    .split('\n')
    .flatMap((line) => {
      const words = line.split(/\s+/);
      const at = words.pop() ?? '';
      return words.map((method) => `${method} ${prefix}${at}`);
    });

const ROWS = [
  ...rowsOf(CONTRACT),
  ...rowsOf(OF_AGENTS, '/api/v1'),
  ...rowsOf(OF_AGENTS, '/api/v1/tenants/*'),
];

describe('the routes of the contract', () => {
  const documented = new Set(
    ROUTES.map(({ method, path: at }) => `${method} ${at.replaceAll(/\{[^}]+\}/g, '*')}`),
  );

  it('are in the API document, and by that in the access matrix', () => {
    expect(ROWS.filter((row) => !documented.has(row))).toEqual([]);
  });

  const tests = ['test/e2e', 'test/integration']
    .flatMap((folder) => readdirSync(folder).map((file) => path.join(folder, file)))
    .filter((file) => !OF_THE_DOCUMENT.test(file))
    .map((file) => readFileSync(file, 'utf8'));

  it('are each asked by a test of their own, by the name of the operation', () => {
    const asked = new Set(
      tests.flatMap((text) => [...text.matchAll(/\bsdk\.(\w+)\(/g)].map(([, name]) => name)),
    );
    const unasked = ROUTES.filter(({ operation }) => !asked.has(operation.operationId));
    expect(unasked.map(({ method, path: at }) => `${method} ${at}`)).toEqual([]);
  });

  it('answer lists in pages', () => {
    const lists = ROUTES.filter(isList);
    expect(lists.length).toBeGreaterThan(12);
    for (const { path: at, operation } of lists) {
      const parameters = (operation.parameters ?? []).map(({ name }) => name);
      expect(parameters, at).toEqual(expect.arrayContaining(['limit', 'cursor']));
      const headers = Object.keys(operation.responses['200']?.headers ?? {});
      expect(headers, at).toEqual(expect.arrayContaining(['Link', 'X-Total-Count']));
    }
  });

  it('are named by a test where the document has no word for them', () => {
    const unnamed = BESIDE_THE_DOCUMENT.filter(
      (name) => !tests.some((text) => text.includes(name)),
    );
    expect(unnamed).toEqual([]);
  });
});
