import { describe, expect, it } from 'vitest';
import { operationOf } from './node-operation.rules.js';

describe('the name of a call to a node', () => {
  it.each([
    ['GET', '/v1/health', 'health'],
    ['GET', '/v1/system/status', 'status'],
    ['GET', '/v1/agents', 'list'],
    ['POST', '/v1/agents', 'register'],
    ['GET', '/v1/agents/deploy', 'find'],
    ['DELETE', '/v1/agents/a%2Fb', 'remove'],
    ['POST', '/v1/agents/run/deploy', 'deploy'],
    ['POST', '/v1/agents/bot/pause', 'pause'],
    ['POST', '/v1/agents/bot/run', 'run'],
    ['GET', '/v1/traces/?agent=bot&limit=5', 'traces'],
    ['PUT', '/v1/agents/bot', 'other'],
    ['GET', '/v1/agents/bot/anything/else', 'other'],
  ])('%s %s is %s', (method, path, operation) => {
    expect(operationOf(method, path)).toBe(operation);
  });
});
