// `docs/openapi.json`, made by the built application without starting it.

import { loadConfig } from '../../dist/config/load-config.js';
import { makeOpenApiDocument } from '../../dist/openapi-document.js';

/** Where the file belongs, from the root of the project. */
export const file = 'docs/openapi.json';

/** Nothing is ever started with these. */
const SETTINGS = {
  NEXUS_DRIVER: 'none',
  NEXUS_JWT_SECRET: 'only needed to describe the application',
  NEXUS_ENCRYPTION_KEY: '0'.repeat(64),
};

/** The text of the file. */
export async function make() {
  const none = {};
  const document = await makeOpenApiDocument({
    config: loadConfig(SETTINGS),
    database: none,
    clock: none,
    logger: none,
    routes: none,
    wakes: none,
    lease: none,
    metrics: none,
  });
  return `${JSON.stringify(document, null, 2)}\n`;
}
