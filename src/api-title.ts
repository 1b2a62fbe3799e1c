import type { ApiTitle } from './platform/http/openapi.js';

/** How the API document introduces the product. */
export const API_TITLE: ApiTitle = {
  title: 'Nexus',
  description:
    'The control plane an organisation puts in front of its AI agents: tenants with a node of their own, and agents deployed to them. Get a token from `/auth/register` or `/auth/login`, or use an API key; then press Authorize.',
  version: '0.1.0',
};
