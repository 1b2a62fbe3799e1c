import type { INestApplicationContext } from '@nestjs/common';
import { ADMIN_KEY_PERMISSIONS, TENANT_KEY_PERMISSIONS } from '../access/permissions.js';
import { ApiKeysService } from '../auth/api-keys.service.js';
import { UnitOfWork } from '../platform/database/unit-of-work.js';
import { AppError } from '../platform/errors/app-error.js';
import { type TenantRecord, TenantSyncService } from '../tenants/tenant-sync.service.js';
import { TenantsService } from '../tenants/tenants.service.js';
import { type Command, type Invocation, UsageError } from './command.js';
import { operator, withServices } from './installation.js';

const LONGEST_NAME = 100;

export const createKey: Command = {
  name: 'create-key',
  words: [],
  synopsis: '--name NAME --scope admin|tenant [--tenant ID]',
  summary: 'Creates an API key and prints it, alone on the standard output.',
  details: [
    'A key with the scope admin may do everything but act as a person; one with the scope tenant',
    'may do in its tenant (its id or crName) what a developer may. It is shown this once.',
  ],
  options: { name: { type: 'string' }, scope: { type: 'string' }, tenant: { type: 'string' } },
  async run(invocation) {
    const { label, tenantName } = wanted(invocation);
    const scopes = tenantName === null ? ADMIN_KEY_PERMISSIONS : TENANT_KEY_PERMISSIONS;
    const { rawKey } = await withServices(invocation.config, async (services) => {
      const tenant = tenantName === null ? null : await tenantOf(services, tenantName);
      const keys = services.get(ApiKeysService);
      return services.get(UnitOfWork).run(async (tx) => {
        if (tenant !== null) await services.get(TenantsService).lockForWriting(tx, tenant.id);
        return keys.issue(tx, operator(), tenant?.id ?? null, { label, scopes });
      });
    });
    invocation.terminal.print(rawKey);
  },
};

/** @throws UsageError */
function wanted({ options: { name, scope, tenant } }: Invocation): {
  label: string;
  tenantName: string | null;
} {
  const label = String(name ?? '').trim();
  if (label === '' || label.length > LONGEST_NAME || /\p{Cc}/u.test(label)) {
    throw new UsageError(`--name must be one line of 1 to ${LONGEST_NAME} characters`);
  }
  if (scope === 'admin' && tenant === undefined) return { label, tenantName: null };
  if (scope === 'admin') throw new UsageError('--tenant goes with --scope tenant alone');
  if (scope !== 'tenant') throw new UsageError('--scope must be admin or tenant');
  if (typeof tenant !== 'string') throw new UsageError('--scope tenant needs --tenant ID');
  return { label, tenantName: tenant };
}

async function tenantOf(services: INestApplicationContext, name: string): Promise<TenantRecord> {
  const tenant = await services.get(TenantSyncService).find(name);
  if (tenant !== null && tenant.deletedAt === null) return tenant;
  throw new AppError('not_found', 'tenant_not_found', `There is no tenant ${name}.`);
}
