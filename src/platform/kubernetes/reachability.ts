import { isUnauthorized, KubernetesError } from './kubernetes.errors.js';

/** For so long every request has to fail before it is said: a restart takes less. */
const SAID_AFTER_MS = 5_000;

/** What requests that got no answer are called, for people; where the server is, is left out. */
const WORDS: Readonly<Record<string, string>> = {
  Timeout: 'the API server does not answer in time',
  Nonsense: 'what answers is no API server',
  Credentials: 'there are no credentials for the API server',
};

/**
 * Whether an API server can be reached, as the requests that are made anyway tell: whoever stands
 * for a Lease asks every two seconds. Asks nothing itself.
 */
export class Reachability {
  private answeredMs = -Infinity;
  private failing: { sinceMs: number; why: string } | undefined;

  /** @param nowMs of any clock that never goes back */
  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  /** Of a request that is about to be sent; for `failed`. */
  get sentMs(): number {
    return this.nowMs();
  }

  /** It answered, whatever it said. */
  answered(): void {
    this.answeredMs = this.nowMs();
    this.failing = undefined;
  }

  /** No answer came, or our credentials were refused. */
  failed(error: unknown, sentMs: number): void {
    const sinceMs = this.failing?.sinceMs ?? Math.max(sentMs, this.answeredMs);
    this.failing = { sinceMs, why: wordsOf(error) };
  }

  /** `ok`, or what keeps us from it. */
  check(): string {
    if (this.failing === undefined) return 'ok';
    const { sinceMs, why } = this.failing;
    return this.nowMs() - sinceMs < SAID_AFTER_MS ? 'ok' : why;
  }
}

function wordsOf(error: unknown): string {
  if (isUnauthorized(error)) return 'the API server refuses the credentials';
  const reason = error instanceof KubernetesError ? error.reason : '';
  return WORDS[reason] ?? 'the API server cannot be reached';
}
