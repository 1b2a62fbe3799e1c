import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  agentWhen,
  echoSpec,
  expectData,
  isRunning,
  newPerson,
  PASSWORD,
  type Person,
  readyTenant,
  sdk,
} from '../support/api.js';
import { ROUTES } from '../support/document.js';
import { fuzzerPython } from '../support/python-programs.js';
import { Random } from '../support/random.js';
import { TestServer } from '../support/server.js';

const MOST_EXAMPLES = 12;
/** What the runs may take, which go on side by side; the end is cut off on a slow machine. */
const WITHIN_MS = 200_000;
const SPARE_AGENTS = 6;
const FINISHED = 0;
const CUT_SHORT = 130;

const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'negative_data_rejection',
  'missing_required_header',
  'unsupported_method',
  'allow_header_conformance',
  'ignored_auth',
  'no_word_of_the_other_tenant',
];

/** Somebody with a tenant, and what there is in it. */
interface Side {
  person: Person;
  own: Words;
  /** What may be taken away. */
  spare: Words;
  /** What nobody else may read. */
  secrets: string[];
}

type Words = Readonly<Record<'tenants' | 'agents' | 'keys' | 'users', string[]>>;

// Whatever the document allows, and what it forbids, against a live server with two tenants.
describe('the contract under fuzz', () => {
  const random = Random.printed('the contract under fuzz');
  let server: TestServer;
  let sides: [Side, Side];
  beforeAll(async () => {
    const environment = { NEXUS_AUTH_RATE_PER_MINUTE: '0' };
    server = await TestServer.start({ environment });
    sides = [await newSide('amber'), await newSide('beryl')];
  });
  afterAll(() => server?.close());

  it.concurrent('holds for amber beside beryl', () => expectHeld(0, 1));
  it.concurrent('holds for beryl beside amber', () => expectHeld(1, 0));

  async function expectHeld(mine: 0 | 1, others: 0 | 1): Promise<void> {
    const { code, said } = await fuzz(factsOf(sides[mine], sides[others]));
    expect([FINISHED, CUT_SHORT], said).toContain(code);
    expect(said).not.toMatch(/^=+ (FAILURES|ERRORS) =+$/m);
    const [, selected, tested] = /Selected: (\d+)\/\d+\s+Tested: (\d+)/.exec(said) ?? [];
    expect({ selected: Number(selected), tested }).toEqual({
      selected: ROUTES.length,
      tested: selected,
    });
    expect(server.lines.filter((line) => !line.startsWith('{'))).toEqual([]);
  }

  async function newSide(mark: string): Promise<Side> {
    const person = await newPerson(server);
    const { client } = person;
    const tenant = await readyTenant(client, `${mark} tenant`);
    const body = { displayName: `${mark} spare`, nodeProfile: 'worker' } as const;
    const spare = expectData(await sdk.createTenant({ client, body }), 201);
    const headers = { 'x-tenant-id': tenant.id };
    const names = Array.from({ length: SPARE_AGENTS }, (_, index) => `${mark}-spare-${index}`);
    const agents = [`${mark}-one`, `${mark}-two`];
    for (const name of [...agents, ...names]) {
      const spec = echoSpec(name, { description: `${mark} secret` });
      expectData(await sdk.createAgent({ client, body: spec, headers }), 201);
    }
    for (const name of agents) await agentWhen(client, name, isRunning, { headers });
    const label = `${mark} key`;
    const key = expectData(
      await sdk.createTenantKey({ client, path: { id: tenant.id }, body: { label } }),
      201,
    );
    const users = [person.session.user.id];
    const secrets = [tenant.id, tenant.crName, spare.id, spare.crName, key.hash, ...users];
    return {
      person,
      own: { tenants: [tenant.id, tenant.crName], agents, keys: [key.hash], users },
      spare: { tenants: [spare.id], agents: names, keys: [], users: [] },
      secrets: [...secrets, person.session.user.email, mark],
    };
  }

  function factsOf({ person, own, spare }: Side, other: Side): object {
    const login = { email: person.session.user.email, password: PASSWORD };
    const { url } = server;
    return { url, seed: random.seed, login, own, spare, other: other.own, secrets: other.secrets };
  }

  /** Lets the fuzzer run; gives what it said. */
  async function fuzz(facts: object): Promise<{ code: number | null; said: string }> {
    const python = await fuzzerPython();
    if (typeof python !== 'string') throw new Error(python.skip);
    const config = ['--config-file', path.resolve('test/fuzz/schemathesis.toml')];
    const args = ['-m', 'schemathesis.cli', ...config, 'run', `${server.url}/openapi.json`];
    const options = ['--seed', String(random.seed), '--max-examples', String(MOST_EXAMPLES)];
    const child = spawn(python, [...args, ...options, '--checks', CHECKS.join(',')], {
      cwd: server.dataDir,
      env: {
        PATH: process.env['PATH'] ?? '',
        PYTHONPATH: path.resolve('test/fuzz'),
        PYTHONDONTWRITEBYTECODE: '1',
        SCHEMATHESIS_HOOKS: 'hooks',
        NEXUS_FUZZ: JSON.stringify(facts),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const lines: string[] = [];
    for (const input of [child.stdout, child.stderr]) {
      createInterface({ input }).on('line', (line) => lines.push(line));
    }
    const late = setTimeout(() => child.kill('SIGINT'), WITHIN_MS);
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    clearTimeout(late);
    return { code, said: lines.join('\n') };
  }
});
