/** One server, everybody who may ask it something, and tenants for them to ask about. */
import { echoSpec, expectData, type Headers, newPerson, PASSWORD, raw, sdk } from './api.js';
import { AccessPeople, type ActorName } from './access-people.js';
import type { Operation, Route } from './document.js';
import { sampleOf, sampleQuery } from './sample.js';
import { TestServer } from './server.js';
import { ServerRows } from './server-rows.js';

/** A tenant with an agent and a key; its members are viewer, developer, owner and target. */
export interface World {
  tenantId: string;
  key: { rawKey: string; hash: string };
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

/** What has to be there before, by method and path. */
const PREPARED: readonly [RegExp, (access: AccessWorld, world: World) => Promise<unknown>][] = [
  [/^DELETE .*\/variables\/\{NAME\}$/, (access, world) => access.setVariable(world)],
];

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
    return new AccessWorld(server, rows, await AccessPeople.of(server, rows));
  }

  async close(): Promise<void> {
    await this.rows.close();
    await this.server.close();
  }

  /** A fresh tenant for calls of an operation. */
  async world(route: Route): Promise<World> {
    const { client } = this.people.person('owner');
    const body = { displayName: 'Under test' };
    const { id } = expectData(await sdk.createTenant({ client, body }), 201);
    for (const [name, role] of [
      ['viewer', 'viewer'],
      ['developer', 'developer'],
      ['target', 'viewer'],
      ['disabled', 'owner'],
      ['removed', 'owner'],
    ] as const) {
      await this.people.members.add(id, this.people.person(name), role);
    }
    await this.people.members.remove(id, this.people.person('removed'));
    const headers = { 'x-tenant-id': id };
    expectData(await sdk.createAgent({ client, body: echoSpec(AGENT), headers }), 201);
    const made = await sdk.createTenantKey({ client, path: { id }, body: { label: 'own' } });
    const world = { tenantId: id, key: expectData(made, 201) };
    for (const [pattern, prepare] of PREPARED) {
      if (pattern.test(nameOf(route))) await prepare(this, world);
    }
    return world;
  }

  /** Asks as somebody about the tenant of a world, or about one that is not there. */
  async ask(route: Route, actor: ActorName, world: World, absent = false): Promise<Outcome> {
    const about = absent ? { ...world, tenantId: ABSENT } : world;
    const { response, error, text } = await this.send(
      actor,
      await this.requestOf(route, actor, about),
    );
    const { status } = response;
    if (response.ok) return { status, body: text };
    return { status, body: JSON.stringify({ ...(error as object), requestId: undefined }) };
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
    const credential =
      actor === 'ownKey' ? { 'x-api-key': world.key.rawKey } : this.people.headersOf(actor);
    const headers = { ...credential, ...tenantHeader(operation, world.tenantId) };
    return { method, path: this.pathOf(route, actor, world, instead), headers, body };
  }

  /** Whoever loses the session by that gets a new one. */
  async send(actor: ActorName, { method, path, headers, body }: ValidRequest) {
    const type = { 'content-type': 'application/json' };
    const sent =
      body === undefined
        ? { headers }
        : { headers: { ...headers, ...type }, body: JSON.stringify(body) };
    const answer = await raw(this.server, method, path, sent);
    if (answer.response.ok && method !== 'GET') await this.people.renew(actor);
    return answer;
  }

  newLogin(): { email: string; password: string } {
    const email = `new-${process.pid}-${++this.made}@example.com`;
    return { email, password: PASSWORD };
  }

  async refreshToken(): Promise<{ refreshToken: string }> {
    const { client } = this.people.person('target');
    const answer = await sdk.login({ client, body: this.people.loginOf('target') });
    return { refreshToken: expectData(answer, 200).refreshToken };
  }

  async newMember(): Promise<object> {
    const { session } = await newPerson(this.server);
    return { email: session.user.email, role: 'viewer' };
  }

  async setVariable({ tenantId }: World): Promise<void> {
    const path = `/api/v1/tenants/${tenantId}/variables/${VARIABLE}`;
    const headers = { ...this.people.headersOf('owner'), 'content-type': 'application/json' };
    const body = JSON.stringify({ value: 'a secret' });
    const { response, text } = await raw(this.server, 'PUT', path, { headers, body });
    if (!response.ok) throw new Error(text);
  }

  private async bodyOf(route: Route): Promise<unknown> {
    const [, make] = BODIES.find(([pattern]) => pattern.test(nameOf(route))) ?? [];
    if (make !== undefined) return make(this);
    const media = route.operation.requestBody?.content['application/json'];
    return media?.schema === undefined ? undefined : (media.example ?? sampleOf(media.schema));
  }

  private pathOf(
    { path, operation }: Route,
    actor: ActorName,
    world: World,
    instead: Readonly<Record<string, string>>,
  ): string {
    const values: Record<string, string> = {
      id: this.idOf(path, actor, world),
      name: AGENT,
      n: '1',
      hash: path.includes('/tenants/') ? world.key.hash : this.people.adminKeyHash,
      userId: this.people.person('target').session.user.id,
      NAME: VARIABLE,
      path: `v1/agents/${AGENT}`,
      ...instead,
    };
    const concrete = path.replaceAll(/\{([^}]+)\}/g, (_all, name: string) => {
      const value = values[name];
      if (value === undefined) throw new Error(`Say in access-world.ts what {${name}} is`);
      return value;
    });
    return concrete + sampleQuery(operation.parameters);
  }

  private idOf(path: string, actor: ActorName, { tenantId }: World): string {
    if (path.includes('/sessions/')) return this.people.sessionOf(actor);
    if (path.includes('/users/')) return this.people.person('target').session.user.id;
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
