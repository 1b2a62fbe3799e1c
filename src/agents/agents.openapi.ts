import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiHeader } from '@nestjs/swagger';
import { YAML_TYPES } from '../platform/http/body-parsers.js';
import { openApiSchema } from '../platform/http/openapi-schemas.js';
import { specExample } from './agent.examples.js';
import { agentSpecSchema } from './agents.schemas.js';

/** Documents the body of a route that takes an agent spec. */
export function AcceptsSpec(): MethodDecorator {
  return applyDecorators(
    ApiConsumes('application/json', ...YAML_TYPES),
    ApiBody({
      required: true,
      description: 'The agent spec, as JSON or YAML.',
      schema: openApiSchema(agentSpecSchema, 'input'),
      examples: { echo: { summary: 'Answers without a model service', value: specExample } },
    }),
  );
}

/** Documents the header that chooses the tenant. */
export function TenantHeader(): ClassDecorator {
  return ApiHeader({
    name: 'X-Tenant-ID',
    required: false,
    description: 'Id or crName of the tenant; needed when you can see several.',
    schema: { type: 'string' },
  });
}
