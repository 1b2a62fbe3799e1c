import { beforeEach, describe, expect, it } from 'vitest';
import { KubernetesError } from './kubernetes.errors.js';
import { Reachability } from './reachability.js';

let nowMs: number;
let reach: Reachability;

beforeEach(() => {
  nowMs = 100_000;
  reach = new Reachability(() => nowMs);
});

const refused = KubernetesError.fault('Unreachable', 'ECONNREFUSED');

describe('whether an API server can be reached', () => {
  it('is believed before anything was asked', () => {
    expect(reach.check()).toBe('ok');
  });

  it('is denied once every request has failed for a while, and said again with an answer', () => {
    reach.failed(refused, nowMs);
    nowMs += 4_999;
    expect(reach.check()).toBe('ok');
    reach.failed(refused, nowMs);
    nowMs += 1;
    expect(reach.check()).toBe('the API server cannot be reached');
    reach.answered();
    expect(reach.check()).toBe('ok');
  });

  it('counts from when a request was sent that hung until its deadline', () => {
    reach.failed(KubernetesError.fault('Timeout', 'no answer within 5000 ms'), nowMs - 5_000);
    expect(reach.check()).toBe('the API server does not answer in time');
  });

  it('does not count the time before another request was answered', () => {
    const sentMs = nowMs;
    nowMs += 4_000;
    reach.answered();
    nowMs += 1_000;
    reach.failed(KubernetesError.fault('Timeout', 'no answer within 5000 ms'), sentMs);
    expect(reach.check()).toBe('ok');
    nowMs += 4_000;
    expect(reach.check()).toMatch(/in time/);
  });

  it('tells refused credentials from an API server that is away', () => {
    reach.failed(new KubernetesError(401, 'Unauthorized', 'Unauthorized'), nowMs);
    nowMs += 5_000;
    expect(reach.check()).toBe('the API server refuses the credentials');
  });
});
