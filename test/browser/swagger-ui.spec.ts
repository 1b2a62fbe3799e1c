import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Agent, CreatedAgent, Session, Tenant } from '../../sdk/typescript/index.js';
import { TestServer } from '../support/server.js';
import { json, SwaggerUi } from '../support/swagger-ui.js';
import { until } from '../support/until.js';

let server: TestServer;
let ui: SwaggerUi;
beforeAll(async () => {
  server = await TestServer.start();
  ui = await SwaggerUi.open(server.url);
});
afterAll(async () => {
  await ui?.close();
  await server?.close();
});

describe('a person who uses the Swagger UI alone', () => {
  it('finds the operations by topic, each of which is described', async () => {
    const topics = ui.page.locator('.opblock-tag');
    const names = await topics.locator('a span').allInnerTexts();
    expect(names.slice(0, 2)).toEqual(['Accounts', 'Tenants']);
    expect(names.at(-1)).toBe('Health');
    const descriptions = await topics.locator('small').allInnerTexts();
    expect(descriptions.map((text) => text.trim().length > 10)).toEqual(names.map(() => true));
  });

  it('registers with what the form offers, and authorizes with the token', async () => {
    const register = await ui.tryOut('Accounts', 'register');
    const answer = await ui.execute(register);
    expect(answer.status, answer.text).toBe(201);
    await ui.authorize('jwt', (json(answer) as Session).accessToken);
    const me = await ui.execute(await ui.tryOut('Accounts', 'whoAmI'));
    expect(me.status, me.text).toBe(200);
    expect((json(me) as { email: string }).email).toBe('ada@example.com');
  });

  it('stays authorized when the page is loaded again', async () => {
    await ui.goTo('/docs/');
    const me = await ui.execute(await ui.tryOut('Accounts', 'whoAmI'));
    expect(me.status, me.text).toBe(200);
  });

  it('creates a tenant with what the form offers, and sees it Ready', async () => {
    const created = await ui.execute(await ui.tryOut('Tenants', 'createTenant'));
    expect(created.status, created.text).toBe(201);
    const list = await ui.tryOut('Tenants', 'listTenants');
    await until('the tenant is Ready', async () => {
      const [tenant] = json(await ui.execute(list)) as Tenant[];
      return tenant?.phase === 'Ready';
    });
  });

  it('deploys the agent that the form offers, and sees it Running', async () => {
    const created = await ui.execute(await ui.tryOut('Agents', 'createAgent'));
    expect(created.status, created.text).toBe(201);
    expect((json(created) as CreatedAgent).name).toBe('support-bot');
    const get = await ui.tryOut('Agents', 'getAgent');
    expect(await get.locator('[data-param-name="name"] input').inputValue()).toBe('support-bot');
    await until('the agent is Running', async () => {
      const { phase, status } = json(await ui.execute(get)) as Agent;
      return phase === 'Running' && status.state === 'running';
    });
  });

  it('deploys another one as YAML', async () => {
    await ui.goTo('/docs');
    const create = await ui.tryOut('Agents', 'createAgent');
    await create
      .locator('.body-param-content-type select, select.content-type')
      .first()
      .selectOption('application/yaml');
    const offered = await ui.body(create).inputValue();
    expect(offered).toMatch(/^apiVersion: astromesh\/v1$/m);
    await ui.body(create).fill(offered.replace('support-bot', 'sales-bot'));
    const created = await ui.execute(create);
    expect(created.status, created.text).toBe(201);
    expect((json(created) as CreatedAgent).name).toBe('sales-bot');
  });

  it('asks it something', async () => {
    const answer = await ui.execute(await ui.tryOut('Runs', 'runAgent'));
    expect(answer.status, answer.text).toBe(200);
    expect((json(answer) as { answer: string }).answer).toContain('4711');
  });

  it('can be sent a link to an operation', async () => {
    await ui.goTo('/docs?again#/Runs/getAgentMetrics');
    const operation = ui.operation('Runs', 'getAgentMetrics');
    await operation.locator('.opblock-body').waitFor();
    expect(await ui.page.locator('.opblock-body').count()).toBe(1);
  });

  it('got everything from this server, without an error', () => {
    const elsewhere = ui.requests.filter(
      (url) => !url.startsWith(`${server.url}/`) && !/^(data|blob):/.test(url),
    );
    expect(ui.requests.length).toBeGreaterThan(10);
    expect(elsewhere).toEqual([]);
    expect(ui.complaints).toEqual([]);
  });
});
