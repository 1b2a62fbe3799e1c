import { z } from 'zod';
import { concern, setting } from './concern.js';
import { wholeNumber } from './setting-types.js';

const CEILING = 'must be agents,cpu,memory such as 500,8,16Gi';

/** Limits on what owners may ask for. */
export class TenantsConfig extends concern('Tenants', {
  quotaMax: setting({
    name: 'NEXUS_TENANT_QUOTA_MAX',
    schema: z
      .string({ error: CEILING })
      .regex(/^\d{1,6},\d+m?,\d+(Ki|Mi|Gi|Ti)?$/, CEILING)
      .transform((value) => {
        const [maxAgents = '', cpu = '', memory = ''] = value.split(',');
        return { maxAgents: Number(maxAgents), cpu, memory };
      }),
    fallback: '500,8,16Gi',
    summary: 'Largest quota that an owner may set: agents, CPU, memory. Admins may go above it.',
  }),
  perUser: setting({
    name: 'NEXUS_TENANTS_PER_USER',
    schema: wholeNumber(1, 10_000),
    fallback: '10',
    summary: 'Tenants that one user may own, made or given; admins may give more.',
  }),
}) {}
