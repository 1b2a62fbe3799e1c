/** Who is in a tenant, and who may not come in any more: over the API. */
import { createHash, randomBytes } from 'node:crypto';
import { ADMIN_KEY_PERMISSIONS, type TenantRole } from '../../src/access/permissions.js';
import { type Person, raw } from './api.js';
import { routeOf } from './document.js';
import type { TestServer } from './server.js';
import type { ServerRows } from './server-rows.js';

const now = '2026-01-01T00:00:00.000Z';

/** What makes and unmakes members, keys and accounts; straight in the database where no route does. */
export class TenantPeople {
  constructor(
    private readonly server: TestServer,
    private readonly rows: ServerRows,
    private readonly admin: Person,
  ) {}

  async add(tenantId: string, person: Person, role: TenantRole): Promise<void> {
    const { id, email } = person.session.user;
    const path = `/api/v1/tenants/${tenantId}/members`;
    if (await this.did('POST', path, { email, role })) return;
    await this.rows.query(
      `INSERT INTO tenant_members (tenant_id, user_id, role, created_at)
       VALUES ('${tenantId}', '${id}', '${role}', '${now}')`,
    );
  }

  async remove(tenantId: string, person: Person): Promise<void> {
    const { id } = person.session.user;
    if (await this.did('DELETE', `/api/v1/tenants/${tenantId}/members/${id}`)) return;
    await this.rows.query(
      `DELETE FROM tenant_members WHERE tenant_id = '${tenantId}' AND user_id = '${id}'`,
    );
  }

  async disable(person: Person): Promise<void> {
    const { id } = person.session.user;
    if (await this.did('PATCH', `/api/v1/users/${id}`, { disabled: true })) return;
    await this.rows.query(`UPDATE users SET disabled = true WHERE id = '${id}'`);
  }

  /** @returns an admin-scope key */
  async adminKey(): Promise<{ rawKey: string; hash: string }> {
    const made = await this.did('POST', '/api/v1/keys', { label: 'of an admin' });
    if (made !== undefined) return made as { rawKey: string; hash: string };
    const rawKey = `nxk_${randomBytes(32).toString('base64url')}`;
    const hash = createHash('sha256').update(rawKey).digest('hex');
    const scopes = JSON.stringify(ADMIN_KEY_PERMISSIONS);
    await this.rows.query(
      `INSERT INTO api_keys (hash, prefix, scopes, label, created_by, created_at)
       VALUES ('${hash}', '${rawKey.slice(0, 12)}', '${scopes}', 'of an admin', 'test', '${now}')`,
    );
    return { rawKey, hash };
  }

  /** Does it as the admin; undefined when there is no such route. */
  private async did(method: string, path: string, body?: object): Promise<unknown> {
    if (routeOf(method, path) === undefined) return undefined;
    const headers = { ...this.admin.headers, 'content-type': 'application/json' };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const plain = body === undefined ? this.admin.headers : headers;
    const answer = await raw(this.server, method, path, { headers: plain, ...sent });
    if (!answer.response.ok) throw new Error(`${method} ${path}: ${answer.text}`);
    return answer.error ?? true;
  }
}
