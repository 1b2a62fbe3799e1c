import { expect } from 'vitest';
import type { Tenant } from '../../../sdk/typescript/index.js';
import type { NexusTenant } from '../../../src/reconciliation/resources/nexus-tenant.schemas.js';
import { until } from '../../support/until.js';
import { eventsAbout, tenantPath } from '../doors/resources.js';
import type { World } from '../provisioning/world.js';

/** What a tenant's condition says of it; empty where there is none of the type. */
export function told(
  { conditions }: Tenant,
  type: 'Ready' | 'Reconciling' | 'Stalled',
): { reason: string; message: string } {
  const { reason = '', message = '' } = conditions.find((one) => one.type === type) ?? {};
  return { reason, message };
}

/** What a condition says is an Event of the tenant's resource as well, and no more than one. */
export async function expectEvent(
  { cluster, namespace }: Pick<World, 'cluster' | 'namespace'>,
  tenant: Tenant,
): Promise<void> {
  const { reason, message } = told(tenant, 'Ready');
  const resource = await cluster.admin.get<NexusTenant>(tenantPath(namespace, tenant.crName));
  const same = () =>
    eventsAbout(cluster.admin, resource).then((events) =>
      events.filter((one) => one.reason === reason && one.message === message.slice(0, 1_024)),
    );
  await until(`an Event says ${reason}`, async () => (await same()).length > 0);
  expect(await same()).toMatchObject([{ type: 'Warning', count: 1 }]);
}
