/** Who is in a tenant, and who may not come in any more. */
import type { TenantRole } from '../../src/access/permissions.js';
import { expectData, type Person, sdk, theAdmin } from './api.js';
import type { TestServer } from './server.js';

/** Makes and unmakes members, keys and accounts, in an admin's session that nobody else has. */
export class TenantPeople {
  private constructor(private readonly admin: Person) {}

  static async of(server: TestServer): Promise<TenantPeople> {
    return new TenantPeople(await theAdmin(server));
  }

  async add(id: string, { session }: Person, role: TenantRole): Promise<void> {
    const { client } = this.admin;
    const body = { email: session.user.email, role };
    expectData(await sdk.addMember({ client, path: { id }, body }), 201);
  }

  async remove(id: string, { session }: Person): Promise<void> {
    const { client } = this.admin;
    const path = { id, userId: session.user.id };
    expectData(await sdk.removeMember({ client, path }), 200);
  }

  async disable({ session }: Person): Promise<void> {
    const { client } = this.admin;
    const path = { id: session.user.id };
    expectData(await sdk.updateUser({ client, path, body: { disabled: true } }), 200);
  }

  /** @returns an admin-scope key */
  async adminKey(label: string): Promise<sdk.CreatedApiKey> {
    const { client } = this.admin;
    return expectData(await sdk.createAdminKey({ client, body: { label } }), 201);
  }

  async setVariable(id: string, name: string): Promise<void> {
    const { client } = this.admin;
    const body = { value: 'a secret' };
    expectData(await sdk.setVariable({ client, path: { id, name }, body }), 200);
  }
}
