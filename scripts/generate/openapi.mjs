// The API document in both versions, made by the built application without starting it.

import { loadConfig } from '../../dist/config/load-config.js';
import { makeOpenApiDocument } from '../../dist/openapi-document.js';

/** Nothing is ever started with these. */
const SETTINGS = {
  NEXUS_DRIVER: 'none',
  NEXUS_JWT_SECRET: 'only needed to describe the application',
  NEXUS_ENCRYPTION_KEY: '0'.repeat(64),
};

/** The API document as an object. */
export async function openApiDocument(version) {
  const none = {};
  const parts = {
    config: loadConfig(SETTINGS),
    database: none,
    clock: none,
    logger: none,
    routes: none,
    wakes: none,
    lease: none,
    metrics: none,
  };
  return makeOpenApiDocument(parts, version);
}

const text = async (version) => `${JSON.stringify(await openApiDocument(version), null, 2)}\n`;

/** The files, by where they belong from the root of the project, with what makes their text. */
export const files = {
  'docs/openapi.json': () => text('3.1.0'),
  'docs/openapi-3.0.json': () => text('3.0.3'),
};
