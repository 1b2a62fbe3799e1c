import { describe, expect, it } from 'vitest';
import { buildAgent } from './agent.build.js';

function config(spec: Record<string, unknown>): Record<string, unknown> {
  return { metadata: { name: 'a' }, spec };
}

describe('buildAgent', () => {
  it('reads what a run needs', () => {
    const built = buildAgent({
      metadata: { name: 'a', version: '2.0.0', namespace: 'care' },
      spec: {
        model: {
          primary: { provider: 'Ollama', model: 'm', endpoint: 'http://h', temperature: 0.2 },
          fallback: {
            source: 'openai_compat',
            api_key_env: 'K',
            timeout: 2,
            max_tokens: 5,
            parameters: { max_tokens: 9 },
          },
        },
        prompts: { system: 'Be brief.' },
        memory: { conversational: { max_turns: 3 } },
        orchestration: { pattern: 'react', timeout_seconds: 1.5 },
      },
    });
    expect(built).toEqual({
      name: 'a',
      version: '2.0.0',
      namespace: 'care',
      system: 'Be brief.',
      models: [
        {
          provider: 'ollama',
          model: 'm',
          endpoint: 'http://h',
          apiKeyEnv: undefined,
          timeoutMs: 60_000,
          parameters: { temperature: 0.2 },
        },
        {
          provider: 'openai_compat',
          model: undefined,
          endpoint: undefined,
          apiKeyEnv: 'K',
          timeoutMs: 2000,
          parameters: { max_tokens: 9 },
        },
      ],
      maxTurns: 3,
      timeoutMs: 1500,
    });
  });

  it('takes the candidates of the newer model block', () => {
    const candidates = [{ provider: 'echo' }, { provider: 'unheard-of' }];
    const { models } = buildAgent(config({ model: { default: { candidates } } }));
    expect(models.map(({ provider }) => provider)).toEqual(['echo']);
  });

  it('builds an agent without a usable model: only its runs fail', () => {
    expect(buildAgent(config({ model: { primary: { provider: 'unheard-of' } } })).models).toEqual(
      [],
    );
    expect(buildAgent(config({})).models).toEqual([]);
  });

  it('accepts known built-in tools, agents as tools and types it does not know', () => {
    const tools = [
      { type: 'builtin', name: 'datetime_now' },
      { type: 'agent', name: 'ask', agent: 'b' },
      { name: 'anything' },
    ];
    expect(buildAgent(config({ tools, orchestration: { pattern: 'supervisor' } })).name).toBe('a');
  });

  it.each([
    ['an unknown pattern', { orchestration: { pattern: 'weird' } }],
    ['a pattern that is no text', { orchestration: { pattern: 5 } }],
    ['a program without its pattern', { program: 'x' }],
    ['a program', { program: 'x', orchestration: { pattern: 'glyph' } }],
    ['a swarm without agents', { orchestration: { pattern: 'swarm' } }],
    ['a time-out below zero', { orchestration: { timeout_seconds: -1 } }],
    ['a time-out of text', { orchestration: { timeout: 'soon' } }],
  ])('refuses %s', (_what, spec) => {
    expect(() => buildAgent(config(spec))).toThrow(
      expect.objectContaining({ kind: 'invalid', code: 'agent_invalid' }),
    );
  });

  it.each([
    ['no spec', { metadata: { name: 'a' } }],
    ['an empty spec of null', { metadata: { name: 'a' }, spec: null }],
    ['no metadata', { spec: {} }],
    ['no name in the metadata', { metadata: {}, spec: { identity: { name: 'a' } } }],
    ['an unknown built-in tool', config({ tools: [{ type: 'builtin', name: 'nope' }] })],
    ['an agent tool without an agent', config({ tools: [{ type: 'agent', name: 'x' }] })],
    ['tools that are no list', config({ tools: 'all' })],
    ['a tool that is no object', config({ tools: ['web_search'] })],
  ])('falls over %s', (_what, whole) => {
    expect(() => buildAgent(whole)).toThrow(
      expect.objectContaining({ kind: 'internal', code: 'agent_unbuildable' }),
    );
  });
});
