import { describe, expect, it } from 'vitest';
import { doubted, planAgent } from './agent.plan.js';

const wish = { spec: 'A', paused: false };
const held = (spec: string | undefined, status: string) => ({ spec, status, comparedMs: 0 });
const kinds = (...args: Parameters<typeof planAgent>) => planAgent(...args).map(({ kind }) => kind);

describe('the plan of an agent', () => {
  it.each([
    ['nothing is there', undefined, ['register', 'deploy', 'verify']],
    ['another spec is there', held(undefined, 'deployed'), ['register', 'deploy', 'verify']],
    ['it is a draft', held('A', 'draft'), ['deploy']],
    ['it is paused', held('A', 'paused'), ['deploy']],
    ['it is as wanted', held('A', 'deployed'), []],
  ])('when %s', (_when, seen, operations) => {
    expect(kinds(wish, seen)).toEqual(operations);
  });

  it('deploys once more what a neighbour may have kept from it', () => {
    expect(planAgent(wish, doubted(held('A', 'deployed')))).toEqual([{ kind: 'deploy' }]);
  });

  it.each([
    ['nothing is there', undefined, ['register', 'deploy', 'pause', 'verify']],
    ['it is deployed', held('A', 'deployed'), ['pause']],
    ['it is a draft', held('A', 'draft'), ['deploy', 'pause']],
    ['it is as wanted', held('A', 'paused'), []],
  ])('to be paused, when %s', (_when, seen, operations) => {
    expect(kinds({ ...wish, paused: true }, seen)).toEqual(operations);
  });
});
