/** Everybody who may ask a server something, each with a credential. */
import jwt from 'jsonwebtoken';
import {
  bearer,
  clientOf,
  expectData,
  type Headers,
  newPerson,
  PASSWORD,
  type Person,
  personOf,
  sdk,
  theAdmin,
} from './api.js';
import { ADMIN, JWT_SECRET, type TestServer } from './server.js';
import type { ServerRows } from './server-rows.js';
import { TenantPeople } from './tenant-people.js';

/** In the order of the table's columns. */
export const ACTORS = [
  'none',
  'expired',
  'revoked',
  'viewer',
  'developer',
  'owner',
  'otherOwner',
  'otherKey',
  'ownKey',
  'removed',
  'disabled',
  'admin',
  'adminKey',
] as const;

export type ActorName = (typeof ACTORS)[number];

const PEOPLE = [
  'viewer',
  'developer',
  'owner',
  'otherOwner',
  'removed',
  'disabled',
  'target',
  'admin',
] as const;

export type PersonName = (typeof PEOPLE)[number];

/** Those who do not change from tenant to tenant. */
export class AccessPeople {
  /** Hash of a key that is an admin's. */
  adminKeyHash = '';
  private readonly keys = new Map<string, string>();

  private constructor(
    private readonly server: TestServer,
    readonly members: TenantPeople,
    private readonly people: Map<PersonName, Person>,
  ) {}

  static async of(server: TestServer, rows: ServerRows): Promise<AccessPeople> {
    const people = new Map<PersonName, Person>();
    for (const name of PEOPLE) {
      people.set(name, await (name === 'admin' ? theAdmin(server) : newPerson(server)));
    }
    const members = new TenantPeople(server, rows, people.get('admin') as Person);
    const access = new AccessPeople(server, members, people);
    await access.giveKeys();
    await members.disable(access.person('disabled'));
    return access;
  }

  person(name: PersonName): Person {
    const person = this.people.get(name);
    if (person === undefined) throw new Error(`There is no ${name}`);
    return person;
  }

  loginOf(name: PersonName): { email: string; password: string } {
    return { email: this.person(name).session.user.email, password: PASSWORD };
  }

  /** What somebody sends; a tenant's own key is not theirs to know. */
  headersOf(actor: Exclude<ActorName, 'ownKey'>): Headers {
    if (actor === 'none') return {};
    if (actor === 'expired') return bearer(this.expiredToken());
    const key = this.keys.get(actor);
    return key === undefined ? this.person(actor as PersonName).headers : { 'x-api-key': key };
  }

  /** The session that somebody's token is of; that of the owner for those who have none. */
  sessionOf(actor: ActorName): string {
    const person = this.people.get(actor as PersonName) ?? this.person('owner');
    const { sid } = jwt.decode(person.session.accessToken) as { sid: string };
    return sid;
  }

  /** Logs somebody in again whose session has ended. */
  async renew(actor: ActorName): Promise<void> {
    const person = this.people.get(actor as PersonName);
    if (person === undefined || actor === 'disabled') return;
    const { response } = await sdk.whoAmI({ client: person.client });
    if (response?.status !== 401) return;
    const client = clientOf(this.server);
    const body = actor === 'admin' ? ADMIN : this.loginOf(actor as PersonName);
    const session = expectData(await sdk.login({ client, body }), 200);
    this.people.set(actor as PersonName, personOf(this.server, session));
  }

  private async giveKeys(): Promise<void> {
    const { rawKey, hash } = await this.members.adminKey();
    this.keys.set('adminKey', rawKey);
    this.adminKeyHash = hash;
    const { client } = this.person('otherOwner');
    const body = { displayName: 'Of somebody else' };
    const { id } = expectData(await sdk.createTenant({ client, body }), 201);
    for (const label of ['otherKey', 'revoked']) {
      const made = await sdk.createTenantKey({ client, path: { id }, body: { label } });
      const key = expectData(made, 201);
      this.keys.set(label, key.rawKey);
      if (label !== 'revoked') continue;
      expectData(await sdk.revokeTenantKey({ client, path: { id, hash: key.hash } }), 200);
    }
  }

  /** The owner's own token, as it is when its time is over. */
  private expiredToken(): string {
    const { accessToken } = this.person('owner').session;
    const { header, payload } = jwt.decode(accessToken, { complete: true }) as jwt.Jwt;
    const claims = { ...(payload as jwt.JwtPayload), iat: 1, exp: 2 };
    return jwt.sign(claims, JWT_SECRET, { keyid: header.kid ?? '' });
  }
}
