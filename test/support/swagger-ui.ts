/** The Swagger UI of a server in a real browser, as a person uses it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  type BrowserContext,
  chromium as playwright,
  type Locator,
  type Page,
} from 'playwright-core';
import { chromium } from './chromium.js';

const STEP_WITHIN_MS = 20_000;
/** Nothing but what the page asks for goes over the network. */
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** An answer as the page shows it. */
export interface Shown {
  status: number;
  /** As the page shows it; JSON is read by `json`. */
  text: string;
}

/** The page, with what it complained about and asked for since it was opened. */
export class SwaggerUi {
  /** What the page complained about. */
  readonly complaints: string[] = [];
  /** The addresses of everything that it asked for. */
  readonly requests: string[] = [];

  private constructor(
    readonly page: Page,
    private readonly context: BrowserContext,
    private readonly folder: string,
    private readonly url: string,
  ) {
    page.setDefaultTimeout(STEP_WITHIN_MS);
    page.on('request', (request) => this.requests.push(request.url()));
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
  }

  /** Opens the page in a browser that knows nothing. */
  static async open(url: string): Promise<SwaggerUi> {
    const executablePath = await chromium();
    if (typeof executablePath !== 'string') throw new Error(executablePath.skip);
    const folder = await mkdtemp(path.join(tmpdir(), 'nexus-browser-'));
    const context = await playwright.launchPersistentContext(folder, {
      executablePath,
      args: ARGS,
      viewport: { width: 1280, height: 1600 },
    });
    const ui = new SwaggerUi(await context.newPage(), context, folder, url);
    await ui.goTo('/docs');
    return ui;
  }

  async goTo(address: string): Promise<void> {
    await this.page.goto(`${this.url}${address}`);
    await this.page.locator('.swagger-ui .info .title').waitFor();
  }

  async close(): Promise<void> {
    await this.context.close();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Pastes a credential under Authorize. */
  async authorize(scheme: string, credential: string): Promise<void> {
    await this.page.locator('.auth-wrapper > .authorize').click();
    const dialog = this.page.locator('.modal-ux');
    const form = dialog.locator('.auth-container', { hasText: scheme }).first();
    await form.locator('input').fill(credential);
    await form.getByRole('button', { name: 'Apply credentials' }).click();
    await dialog.locator('.btn-done').first().click();
  }

  /** The part of the page that is about one operation. */
  operation(tag: string, id: string): Locator {
    return this.page.locator(`#operations-${tag}-${id}`);
  }

  /** Opens an operation and its form. */
  async tryOut(tag: string, id: string): Promise<Locator> {
    const operation = this.operation(tag, id);
    await operation.locator('.opblock-summary-control').click();
    await operation.locator('.try-out__btn').click();
    return operation;
  }

  /** The text that the editor of the body holds. */
  body(operation: Locator): Locator {
    return operation.locator('textarea.body-param__text');
  }

  /** Presses Execute and reads what comes back. */
  async execute(operation: Locator): Promise<Shown> {
    const clear = operation.locator('.btn-clear');
    if ((await clear.count()) > 0) await clear.click();
    await operation.locator('.execute').first().click();
    const answer = operation.locator('.live-responses-table .response');
    const status = Number.parseInt(await answer.locator('.response-col_status').innerText(), 10);
    const text = await answer
      .locator('.response-col_description .highlight-code')
      .first()
      .innerText();
    return { status, text };
  }
}

/** The body of an answer that is JSON. */
export function json({ text }: Shown): unknown {
  return JSON.parse(text.slice(text.search(/[[{]/)));
}
