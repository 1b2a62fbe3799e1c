/** One server, everybody who may ask it something, and tenants for them to ask about. */
import { echoSpec, expectData, type Headers, newPerson, PASSWORD, raw, sdk } from './api.js';
import { AccessPeople, type ActorName, type TenantKeyName } from './access-people.js';
import type { Operation, Route } from './document.js';
import { sampleOf, sampleQuery } from './sample.js';
import { TestServer } from './server.js';
import { ServerRows } from './server-rows.js';

/** A tenant with an agent and keys; its members are viewer, developer, owner and target. */
export interface World {
  tenantId: string;
  keys: Readonly<Record<TenantKeyName, sdk.CreatedApiKey>>;
  /** Hash of an admin-scope key that nobody uses; empty where it is not asked about. */
  adminKeyHash: string;
}

export interface ValidRequest {
  method: string;
  path: string;
  headers: Headers;
  body: unknown;
}

/** An answer, as far as answers are compared. */
export interface Outcome {
  status: number;
  /** Without the request id. */
  body: string;
}

const AGENT = 'support-bot';
const VARIABLE = 'MODEL_KEY';
const ABSENT = 't_00000000000000000000000000';

/** A body for operations that the document's own example does not fit, by method and path. */
const BODIES: readonly [RegExp, (access: AccessWorld) => object | Promise<object>][] = [
  [/^POST \/auth\/register$/, (access) => access.newLogin()],
  [/^POST \/auth\/login$/, (access) => access.people.loginOf('target')],
  [/^POST \/auth\/refresh$/, (access) => access.refreshToken()],
  [/^PATCH \/api\/v1\/me$/, () => ({ displayName: 'Somebody' })],
  [/^POST .*\/members$/, (access) => access.newMember()],
  [/^POST .*\/agents$/, () => echoSpec('another')],
  [/^PUT .*\/agents\/\{name\}$/, () => echoSpec(AGENT, { description: 'changed' })],
];

/** What is changed or gone after a call, and has to be new before it, by method and path. */
const TARGET_IS_CHANGED = /^PATCH \/api\/v1\/users\/\{id\}$/;
const VARIABLE_IS_DELETED = /^DELETE .*\/variables\/\{name\}$/;
const ADMIN_KEY_IS_REVOKED = /^DELETE \/api\/v1\/keys\/\{hash\}$/;
/** Ends the session that it is asked in. */
const ENDS_OWN_SESSION = /^POST \/auth\/logout$/;
const ENDS_A_SESSION = /^DELETE \/api\/v1\/me\/sessions\/\{id\}$/;

export class AccessWorld {
  private made = 0;

  private constructor(
    readonly server: TestServer,
    readonly rows: ServerRows,
    readonly people: AccessPeople,
  ) {}

  static async open(): Promise<AccessWorld> {
    const environment = { NEXUS_TENANTS_PER_USER: '10000', NEXUS_AUTH_RATE_PER_MINUTE: '0' };
    const server = await TestServer.start({ driver: 'none', environment });
    const rows = await ServerRows.of(server);
    return new AccessWorld(server, rows, await AccessPeople.of(server));
  }

  async close(): Promise<void> {
    await this.rows.close();
    await this.server.close();
  }

  /** A fresh tenant for calls of an operation. */
  async world(route: Route): Promise<World> {
    const name = nameOf(route);
    if (TARGET_IS_CHANGED.test(name)) await this.people.replace('target');
    const { client } = this.people.person('owner');
    const body = { displayName: 'Under test' };
    const { id } = expectData(await sdk.createTenant({ client, body }), 201);
    for (const [member, role] of [
      ['viewer', 'viewer'],
      ['developer', 'developer'],
      ['target', 'viewer'],
      ['disabled', 'owner'],
      ['removed', 'owner'],
    ] as const) {
      await this.people.members.add(id, this.people.person(member), role);
    }
    await this.people.members.remove(id, this.people.person('removed'));
    const headers = { 'x-tenant-id': id };
    expectData(await sdk.createAgent({ client, body: echoSpec(AGENT), headers }), 201);
    if (VARIABLE_IS_DELETED.test(name)) await this.people.members.setVariable(id, VARIABLE);
    const adminKeyHash = ADMIN_KEY_IS_REVOKED.test(name)
      ? (await this.people.members.adminKey('to be revoked')).hash
      : '';
    const keys = {
      ownKey: await this.newKey(id, { label: 'of a developer' }),
      runKey: await this.newKey(id, { label: 'only to run', scopes: ['agents:run'] }),
    };
    return { tenantId: id, keys, adminKeyHash };
  }

  /** The same about a tenant that is not there. */
  absent(world: World): World {
    return { ...world, tenantId: ABSENT };
  }

  /** A valid request; `instead` gives path parameters other values. */
  async requestOf(
    route: Route,
    actor: ActorName,
    world: World,
    instead: Readonly<Record<string, string>> = {},
  ): Promise<ValidRequest> {
    const { method, operation } = route;
    const body = await this.bodyOf(route);
    const credential = await this.credentialOf(route, actor, world);
    const headers = { ...credential, ...tenantHeader(operation, world.tenantId) };
    const id = await this.idOf(route, actor, world);
    return { method, path: this.pathOf(route, world, { id, ...instead }), headers, body };
  }

  async send({ method, path, headers, body }: ValidRequest) {
    const type = { 'content-type': 'application/json' };
    const sent =
      body === undefined
        ? { headers }
        : { headers: { ...headers, ...type }, body: JSON.stringify(body) };
    return raw(this.server, method, path, sent);
  }

  async ask(request: ValidRequest): Promise<Outcome> {
    const { response, error, text } = await this.send(request);
    const { status } = response;
    if (response.ok) return { status, body: text };
    return { status, body: JSON.stringify({ ...(error as object), requestId: undefined }) };
  }

  newLogin(): { email: string; password: string } {
    const email = `new-${process.pid}-${++this.made}@example.com`;
    return { email, password: PASSWORD };
  }

  async refreshToken(): Promise<{ refreshToken: string }> {
    const { session } = await this.people.newSession('target');
    return { refreshToken: session.refreshToken };
  }

  async newMember(): Promise<object> {
    const { session } = await newPerson(this.server);
    return { email: session.user.email, role: 'viewer' };
  }

  private async newKey(id: string, body: sdk.CreateApiKey): Promise<sdk.CreatedApiKey> {
    const { client } = this.people.person('owner');
    return expectData(await sdk.createTenantKey({ client, path: { id }, body }), 201);
  }

  /** What somebody sends; where that ends the session, one that nothing else needs. */
  private async credentialOf(route: Route, actor: ActorName, { keys }: World): Promise<Headers> {
    if (actor === 'ownKey' || actor === 'runKey') return { 'x-api-key': keys[actor].rawKey };
    const isUsedUp = this.people.hasSession(actor) && ENDS_OWN_SESSION.test(nameOf(route));
    return isUsedUp ? (await this.people.newSession(actor)).headers : this.people.headersOf(actor);
  }

  private async bodyOf(route: Route): Promise<unknown> {
    const [, make] = BODIES.find(([pattern]) => pattern.test(nameOf(route))) ?? [];
    if (make !== undefined) return make(this);
    const media = route.operation.requestBody?.content['application/json'];
    return media?.schema === undefined ? undefined : (media.example ?? sampleOf(media.schema));
  }

  private pathOf(
    { path, operation }: Route,
    world: World,
    instead: Readonly<Record<string, string>>,
  ): string {
    const values: Record<string, string> = {
      name: path.includes('/variables/') ? VARIABLE : AGENT,
      n: '1',
      hash: path.includes('/tenants/') ? world.keys.ownKey.hash : world.adminKeyHash,
      userId: this.people.person('target').session.user.id,
      path: `agents/${AGENT}`,
      ...instead,
    };
    const concrete = path.replaceAll(/\{([^}]+)\}/g, (_all, name: string) => {
      const value = values[name];
      if (value === undefined) throw new Error(`Say in access-world.ts what {${name}} is`);
      return value;
    });
    return concrete + sampleQuery(operation.parameters);
  }

  /** A session of the actor's own, the target, or the tenant. */
  private async idOf(route: Route, actor: ActorName, { tenantId }: World): Promise<string> {
    if (ENDS_A_SESSION.test(nameOf(route))) return (await this.people.newSession(actor)).id;
    if (route.path.includes('/users/')) return this.people.person('target').session.user.id;
    return tenantId;
  }
}

/** What an operation is called in the table. */
export function nameOf({ method, path }: Route): `${string} ${string}` {
  return `${method} ${path}`;
}

/** Whether an operation is about one tenant, which its path or header names. */
export function isAboutATenant({ path, operation }: Route): boolean {
  return path.includes('/tenants/{id}') || takesTenantHeader(operation);
}

function takesTenantHeader(operation: Operation): boolean {
  return operation.parameters?.some(({ name }) => name === 'X-Tenant-ID') === true;
}

function tenantHeader(operation: Operation, tenantId: string): Headers {
  return takesTenantHeader(operation) ? { 'x-tenant-id': tenantId } : {};
}
