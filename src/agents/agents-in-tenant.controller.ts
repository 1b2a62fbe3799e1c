import { Controller } from '@nestjs/common';
import { AgentRunsController } from './runs/agent-runs.controller.js';
import { AgentsController } from './agents.controller.js';
import { InTenant } from './in-tenant.decorator.js';

/** The routes of agent specs, with the tenant in the path. */
@Controller('api/v1/tenants/:id/agents')
@InTenant(AgentsController)
export class AgentsInTenantController extends AgentsController {}

/** The routes that ask and show agents, with the tenant in the path. */
@Controller('api/v1/tenants/:id/agents/:name')
@InTenant(AgentRunsController)
export class AgentRunsInTenantController extends AgentRunsController {}
