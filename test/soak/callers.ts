/** Who asks a server that is killed again and again, and what is made of the answers. */
import { createClient, type Client } from '../../sdk/typescript/client/index.js';
import * as sdk from '../../sdk/typescript/index.js';
import { ADMIN, type TestServer } from '../support/server.js';
import { Violation } from './acknowledged.js';

export type Fetch = typeof fetch;

const PASSWORD = 'a password of the soak';
/** Access tokens live for fifteen minutes. */
const RENEW_MS = 5 * 60_000;

interface Answer<T> {
  data?: T | undefined;
  error?: unknown;
  response?: Response | undefined;
}

/** An answer never came, or not to its end. */
export class Gone extends Error {}

/**
 * The body of an answer that was acknowledged.
 *
 * @throws Gone when the server has gone, or is going, and nothing is known
 * @throws Violation for an answer that nobody should get
 */
export function acknowledged<T>(what: string, { data, error, response }: Answer<T>): T {
  if (response === undefined || response.status === 503) throw new Gone(what);
  if (!response.ok) {
    throw new Violation(`${what} was answered ${response.status} ${JSON.stringify(error)}`);
  }
  if (data === undefined) throw new Gone(what);
  return data;
}

/** The body of an answer, undefined for a 404. */
export function found<T>(what: string, answer: Answer<T>): T | undefined {
  return answer.response?.status === 404 ? undefined : acknowledged(what, answer);
}

/** An owner of tenants, the admin, and people who are made members. */
export class Callers {
  private loggedInAtMs = 0;
  private tokens = { owner: '', admin: '' };

  private constructor(
    private server: TestServer,
    private readonly fetch: Fetch,
    private readonly email: string,
    readonly people: readonly { id: string; email: string }[],
  ) {}

  /** Registers the owner and the others. */
  static async register(server: TestServer, fetch: Fetch, amount: number): Promise<Callers> {
    const client = createClient({ baseUrl: server.url, fetch });
    const people: { id: string; email: string }[] = [];
    for (let n = 0; n <= amount; n++) {
      const body = { email: `person-${n}@example.com`, password: PASSWORD };
      const { user } = acknowledged('register', await sdk.register({ client, body }));
      people.push({ id: user.id, email: user.email });
    }
    const callers = new Callers(server, fetch, people[0]?.email ?? '', people.slice(1));
    await callers.renew();
    return callers;
  }

  /** Asks another server from now on; the tokens are good there, too. */
  moveTo(server: TestServer): void {
    this.server = server;
  }

  get owner(): Client {
    return this.with({ authorization: `Bearer ${this.tokens.owner}` });
  }

  get admin(): Client {
    return this.with({ authorization: `Bearer ${this.tokens.admin}` });
  }

  /** Whoever holds a key. */
  keyed(key: string): Client {
    return this.with({ 'x-api-key': key });
  }

  /** Logs in again when the tokens are not fresh any more. */
  async renew(): Promise<void> {
    if (performance.now() - this.loggedInAtMs < RENEW_MS && this.loggedInAtMs > 0) return;
    const owner = await this.logIn({ email: this.email, password: PASSWORD });
    const admin = await this.logIn(ADMIN);
    this.tokens = { owner, admin };
    this.loggedInAtMs = performance.now();
  }

  private async logIn(body: { email: string; password: string }): Promise<string> {
    const answer = await sdk.login({ client: this.with({}), body });
    return acknowledged('log-in', answer).accessToken;
  }

  private with(headers: Record<string, string>): Client {
    return createClient({ baseUrl: this.server.url, headers, fetch: this.fetch });
  }
}
