import type { RawData, WebSocket } from 'ws';
import { z } from 'zod';
import { AppError } from '../../platform/errors/app-error.js';
import { parseJson } from '../../platform/http/body-parsers.js';
import { errorBody } from '../../platform/http/error-answer.js';
import { asAppError } from '../../platform/http/foreign-errors.js';
import { invalidRequest } from '../../platform/http/validation.js';
import { runMessageSchema, type RunMessage } from './agent-runs.schemas.js';
import type { RunFrame } from './run-frames.rules.js';

// One client on a WebSocket that asks an agent. Its messages are runs, one after the other; what
// happens in them is sent as it happens.

const PING_EVERY_MS = 20_000;
const GOODBYE_MS = 2_000;
const READER_PATIENCE_MS = 30_000;
/** Messages that wait behind the one that runs. */
const MOST_WAITING = 16;
/** Refusals of messages that the client has not taken. */
const MOST_REFUSALS = 64;

const GOING_AWAY = 1001;
const UNSUPPORTED_DATA = 1003;
const POLICY_VIOLATION = 1008;

/** Begins a run for a message; checks anew who asks. */
export type Ask = (input: RunMessage, signal: AbortSignal) => Promise<AsyncIterable<RunFrame>>;

/** The conversation with one client, from open to closed. */
export class AgentConversation {
  /** Resolves when it is over and what ran has ended. */
  readonly over: Promise<void>;
  private readonly left = new AbortController();
  private readonly waiting: string[] = [];
  private running: Promise<void> | undefined;
  private refusals = 0;
  private leaving = false;
  private alive = true;

  constructor(
    private readonly client: WebSocket,
    private readonly requestId: string,
    private readonly ask: Ask,
  ) {
    const pings = setInterval(() => this.ping(), PING_EVERY_MS);
    client.on('pong', () => (this.alive = true));
    client.on('error', () => client.terminate());
    client.on('message', (data, isBinary) => this.take(data, isBinary));
    this.over = new Promise((resolve) => {
      client.on('close', () => {
        clearInterval(pings);
        this.left.abort(new Error('The caller left'));
        void (this.running ?? Promise.resolve()).finally(resolve);
      });
    });
  }

  /** Says goodbye when what runs has ended, without beginning anything else. */
  goAway(): void {
    this.leaving = true;
    this.waiting.length = 0;
    if (this.running === undefined) this.hangUp(GOING_AWAY, 'The server stops.');
  }

  /** Hangs up, which ends what runs. */
  cut(): void {
    this.client.terminate();
  }

  private take(data: RawData, isBinary: boolean): void {
    if (isBinary) {
      this.hangUp(UNSUPPORTED_DATA, 'Send text.');
    } else if (this.waiting.length >= MOST_WAITING) {
      void this.refuse(tooManyWaiting());
    } else if (!this.leaving) {
      this.waiting.push((data as Buffer).toString());
      this.running ??= this.work();
    }
  }

  /** Whoever goes on sending without reading is cut. */
  private async refuse(error: AppError): Promise<void> {
    if (++this.refusals > MOST_REFUSALS) this.cut();
    else await this.send(this.errorFrame(error));
    this.refusals--;
  }

  private async work(): Promise<void> {
    for (let text = this.waiting.shift(); text !== undefined; text = this.waiting.shift()) {
      await this.answer(text);
    }
    this.running = undefined;
    if (this.leaving) this.goAway();
  }

  private async answer(text: string): Promise<void> {
    const { signal } = this.left;
    if (signal.aborted) return;
    try {
      for await (const frame of await this.ask(readMessage(text), signal)) {
        if (!(await this.send(frame))) return;
      }
    } catch (thrown) {
      const error = asAppError(thrown);
      await this.send(this.errorFrame(error));
      if (endsAccess(error)) this.hangUp(POLICY_VIOLATION, error.code);
    }
  }

  private errorFrame(error: AppError): object {
    return { type: 'error', ...errorBody(error, this.requestId) };
  }

  /** @returns whether the client has taken it; one that takes nothing for 30 s is cut */
  private send(frame: object): Promise<boolean> {
    if (this.client.readyState !== this.client.OPEN) return Promise.resolve(false);
    return new Promise((resolve) => {
      const patience = setTimeout(() => this.cut(), READER_PATIENCE_MS);
      this.client.send(JSON.stringify(frame), (error) => {
        clearTimeout(patience);
        resolve(error === undefined || error === null);
      });
    });
  }

  /** Whoever does not say goodbye in turn is cut. */
  private hangUp(code: number, reason: string): void {
    this.waiting.length = 0;
    this.client.close(code, reason);
    setTimeout(() => this.cut(), GOODBYE_MS).unref();
  }

  private ping(): void {
    if (!this.alive) this.cut();
    else {
      this.alive = false;
      this.client.ping();
    }
  }
}

/** @throws AppError `invalid_json`, `invalid_request` */
function readMessage(text: string): RunMessage {
  const result = runMessageSchema.safeParse(parseJson(text));
  if (result.success) return result.data;
  throw invalidRequest(result.error.issues.flatMap(issuesOf));
}

function issuesOf(issue: z.core.$ZodIssue): { path: string; message: string }[] {
  if (issue.code !== 'unrecognized_keys') {
    return [{ path: issue.path.join('.'), message: issue.message }];
  }
  return issue.keys.map((path) => ({ path, message: 'is not a known key' }));
}

function tooManyWaiting(): AppError {
  return new AppError(
    'rate_limited',
    'too_many_messages',
    `${MOST_WAITING} messages wait already; send more when some are answered.`,
  );
}

/** Whether nothing that the client asks for will be answered any more. */
function endsAccess({ kind, code }: AppError): boolean {
  if (kind === 'not_found') return code !== 'agent_not_running';
  return kind === 'unauthenticated' || kind === 'forbidden';
}
