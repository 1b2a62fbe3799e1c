/** Reads and writes that go on while something is broken, and what was promised of them. */
import { expect } from 'vitest';
import { echoSpec, expectData, expectError, type Person, sdk } from './api.js';

const WITHIN_MS = 5_000;
const PAUSE_MS = 50;

/** Writers that each change an agent of their own, and readers; every answer is looked at. */
export class SteadyLoad {
  /** Answers by status. */
  readonly answers = new Map<number, number>();
  longestMs = 0;
  private readonly last = new Map<string, { acknowledged: number; tried: number }>();
  private going = true;
  private readonly workers: Promise<void>[];

  private constructor(
    private readonly person: Person,
    names: readonly string[],
  ) {
    for (const name of names) this.last.set(name, { acknowledged: 0, tried: 0 });
    this.workers = names.flatMap((name) => [
      this.keep(() => this.write(name)),
      this.keep(() => this.read(name)),
    ]);
    for (const worker of this.workers) worker.catch(() => undefined);
  }

  /** Makes the agents, and begins. */
  static async start(person: Person, names: readonly string[]): Promise<SteadyLoad> {
    for (const name of names) {
      expectData(await sdk.createAgent({ client: person.client, body: marked(name, 0) }), 201);
    }
    return new SteadyLoad(person, names);
  }

  /** How often the storage was not there. */
  get refused(): number {
    return this.answers.get(503) ?? 0;
  }

  /** Ends, and holds what is there to what was acknowledged. */
  async stop(): Promise<void> {
    this.going = false;
    await Promise.all(this.workers);
    for (const [name, { acknowledged, tried }] of this.last) {
      const path = { name };
      const agent = expectData(await sdk.getAgent({ client: this.person.client, path }), 200);
      const { system } = agent.spec.spec['prompts'] as { system: string };
      expect(Number(system), `${name} lost a write`).toBeGreaterThanOrEqual(acknowledged);
      expect(Number(system)).toBeLessThanOrEqual(tried);
    }
    expect(this.longestMs).toBeLessThan(WITHIN_MS);
  }

  private async keep(work: () => Promise<unknown>): Promise<void> {
    while (this.going) {
      await work();
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  private async write(name: string): Promise<void> {
    const state = this.last.get(name);
    if (state === undefined) return;
    const mark = ++state.tried;
    const body = marked(name, mark);
    const replace = () => sdk.replaceAgent({ client: this.person.client, path: { name }, body });
    if (await this.timed(replace)) state.acknowledged = mark;
  }

  private read(name: string): Promise<boolean> {
    return this.timed(() => sdk.getAgent({ client: this.person.client, path: { name } }));
  }

  /** Whether it was done; otherwise the storage was not there, and it was said so in time. */
  private async timed(
    ask: () => Promise<{ data?: unknown; error?: unknown; response?: Response }>,
  ): Promise<boolean> {
    const began = performance.now();
    const answer = await ask();
    this.longestMs = Math.max(this.longestMs, performance.now() - began);
    const status = answer.response?.status ?? 0;
    this.answers.set(status, (this.answers.get(status) ?? 0) + 1);
    if (status === 200) return true;
    expectError(answer, 503, 'storage_unavailable');
    expect(Number(answer.response?.headers.get('retry-after'))).toBeGreaterThan(0);
    return false;
  }
}

function marked(name: string, mark: number): sdk.AgentSpec {
  return echoSpec(name, { prompts: { system: `${mark}` } });
}
