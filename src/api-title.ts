import type { ApiTitle } from './platform/http/openapi.js';

/** How the API document introduces the product. */
export const API_TITLE: ApiTitle = {
  title: 'Nexus',
  description:
    'The control plane an organisation puts in front of its AI agents: tenants with a node of their own, and agents deployed to them. Get a token from `/auth/register` or `/auth/login`, or use an API key; then press Authorize.',
  version: '0.1.0',
  tags: {
    Accounts: 'Register, log in, and see who you are.',
    Tenants: 'Isolated workspaces, each with a node of its own.',
    Members: 'Who works in a tenant, and as what.',
    Keys: 'API keys of a tenant, for programs.',
    Variables: 'Environment of the node of a tenant, such as model keys.',
    Agents: 'Specs of agents: deploy them, change them, pause them, go back to a former one.',
    Runs: 'Ask an agent, and see what it does.',
    Node: "What a tenant's node answers by itself, passed through.",
    Users: 'All accounts, for admins.',
    Audit: 'Who did what, and was refused what.',
    Health: 'For load balancers and probes.',
  },
};
