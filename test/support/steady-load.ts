/** Reads and writes that go on while something is broken, and what was promised of them. */
import { echoSpec, expectData, type Person, sdk } from './api.js';

const UNAVAILABLE = 'storage_unavailable';
const PAUSE_MS = 50;

/** What requests saw. */
export interface Outcome {
  /** How often the storage was not there. */
  refused: number;
  /** What nobody waited longer for. */
  longestMs: number;
  /** Answers that nobody should get, and acknowledged writes that are lost. */
  wrong: string[];
}

/** Writers that each change an agent of their own, and readers; every answer is looked at. */
export class SteadyLoad {
  private readonly outcome: Outcome = { refused: 0, longestMs: 0, wrong: [] };
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

  /** Ends, and holds what is there to what was acknowledged. */
  async stop(): Promise<Outcome> {
    this.going = false;
    await Promise.all(this.workers);
    for (const [name, { acknowledged, tried }] of this.last) {
      const path = { name };
      const agent = expectData(await sdk.getAgent({ client: this.person.client, path }), 200);
      const { system } = agent.spec.spec['prompts'] as { system: string };
      if (Number(system) >= acknowledged && Number(system) <= tried) continue;
      this.outcome.wrong.push(`${name} is ${system}, not between ${acknowledged} and ${tried}`);
    }
    return this.outcome;
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
    this.outcome.longestMs = Math.max(this.outcome.longestMs, performance.now() - began);
    if (answer.response?.status === 200) return true;
    this.outcome.refused++;
    const code = (answer.error as sdk.Error | undefined)?.code;
    const retryAfter = Number(answer.response?.headers.get('retry-after'));
    const isRight = answer.response?.status === 503 && code === UNAVAILABLE && retryAfter > 0;
    if (!isRight) this.outcome.wrong.push(`${answer.response?.status} ${code} ${retryAfter}`);
    return false;
  }
}

function marked(name: string, mark: number): sdk.AgentSpec {
  return echoSpec(name, { prompts: { system: `${mark}` } });
}
