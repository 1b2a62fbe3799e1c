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
  'runKey',
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

/** Whoever holds a key of the tenant that is asked about. */
export type TenantKeyName = 'ownKey' | 'runKey';

/** Those who do not change from tenant to tenant. */
export class AccessPeople {
  private readonly keys = new Map<string, string>();

  private constructor(
    private readonly server: TestServer,
    readonly members: TenantPeople,
    private readonly people: Map<PersonName, Person>,
  ) {}

  static async of(server: TestServer): Promise<AccessPeople> {
    const people = new Map<PersonName, Person>();
    for (const name of PEOPLE) {
      people.set(name, await (name === 'admin' ? theAdmin(server) : newPerson(server)));
    }
    const access = new AccessPeople(server, await TenantPeople.of(server), people);
    await access.giveKeys();
    await access.members.disable(access.person('disabled'));
    return access;
  }

  person(name: PersonName): Person {
    const person = this.people.get(name);
    if (person === undefined) throw new Error(`There is no ${name}`);
    return person;
  }

  /** Puts somebody new into a place whose holder is about to be changed. */
  async replace(name: 'target'): Promise<void> {
    this.people.set(name, await newPerson(this.server));
  }

  loginOf(name: PersonName): { email: string; password: string } {
    if (name === 'admin') return ADMIN;
    return { email: this.person(name).session.user.email, password: PASSWORD };
  }

  /** What somebody sends; the keys of a tenant are not theirs to know. */
  headersOf(actor: Exclude<ActorName, TenantKeyName>): Headers {
    if (actor === 'none') return {};
    if (actor === 'expired') return bearer(this.expiredToken());
    const key = this.keys.get(actor);
    return key === undefined ? this.person(actor as PersonName).headers : { 'x-api-key': key };
  }

  /** Whether somebody can be asked for a password, and let in. */
  hasSession(actor: ActorName): actor is ActorName & PersonName {
    return actor !== 'disabled' && this.people.has(actor as PersonName);
  }

  /** One more session of somebody, to be ended; the owner's for those who can have none. */
  async newSession(actor: ActorName | 'target'): Promise<Person & { id: string }> {
    const name = actor === 'target' || this.hasSession(actor) ? actor : 'owner';
    const client = clientOf(this.server);
    const session = expectData(await sdk.login({ client, body: this.loginOf(name) }), 200);
    const { sid } = jwt.decode(session.accessToken) as { sid: string };
    return { ...personOf(this.server, session), id: sid };
  }

  private async giveKeys(): Promise<void> {
    this.keys.set('adminKey', (await this.members.adminKey('of an admin')).rawKey);
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
