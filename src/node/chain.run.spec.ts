import { describe, expect, it } from 'vitest';
import { agentConfig, startTestNode } from '../../test/support/reference-node.js';

const BROKEN = { model: { primary: { provider: 'unheard-of' } } };

function chain(...on_complete: object[]): object {
  return { chain: { on_complete } };
}

describe('a chain', () => {
  it('hands the answer on, depth first', async () => {
    const node = await startTestNode();
    const input = '{{ trigger.query }}/{{ output.answer }}';
    await node.deploy(agentConfig('leaf'));
    await node.deploy(agentConfig('middle', { ...chain({ agent: 'leaf' }) }));
    const links = chain({ agent: 'middle' }, { agent: 'leaf', input });
    await node.deploy(agentConfig('root', { ...links }));
    const { body } = await node.call('POST', '/v1/agents/root/run', { query: 'q' });
    const duration_ms = expect.any(Number);
    const success = { status: 'success', duration_ms };
    expect(body).toMatchObject({ answer: 'echo: q' });
    expect((body as { chain: unknown }).chain).toEqual({
      run_id: expect.any(String),
      status: 'completed',
      mode: 'sequential',
      links: [
        { ...success, agent: 'middle', answer: 'echo: echo: q', depth: 1, via: null },
        { ...success, agent: 'leaf', answer: 'echo: echo: echo: q', depth: 2, via: 'middle' },
        { ...success, agent: 'leaf', answer: 'echo: q/echo: q', depth: 1, via: null },
      ],
    });
    const { body: traces } = await node.call('GET', '/v1/traces/');
    expect(traces).toMatchObject({
      traces: [{ agent: 'leaf' }, { agent: 'leaf' }, { agent: 'middle' }, { agent: 'root' }],
    });
  });

  it('stops at a failing link, or goes on where the link says so', async () => {
    const node = await startTestNode();
    await node.deploy(agentConfig('good'));
    await node.deploy(agentConfig('bad', BROKEN));
    await node.deploy(agentConfig('stop', { ...chain({ agent: 'bad' }, { agent: 'good' }) }));
    const goOn = { agent: 'bad', on_error: 'continue' };
    await node.deploy(agentConfig('go', { ...chain(goOn, { agent: 'good' }) }));
    const run = async (name: string): Promise<unknown> =>
      (await node.call('POST', `/v1/agents/${name}/run`, { query: 'q' })).body;
    expect(await run('stop')).toMatchObject({
      answer: 'echo: q',
      chain: {
        status: 'failed',
        links: [
          { status: 'error', error: expect.stringContaining('No LLM providers') },
          { status: 'skipped', reason: 'upstream_stopped' },
        ],
      },
    });
    expect(await run('go')).toMatchObject({
      chain: { status: 'partial', links: [{ status: 'error' }, { status: 'success' }] },
    });
  });

  it('skips what hangs on a condition, and says so', async () => {
    const node = await startTestNode();
    await node.deploy(agentConfig('next'));
    const guarded = { agent: 'next', when: 'output.answer' };
    await node.deploy(agentConfig('a', { ...chain(guarded, { agent: 'next', default: true }) }));
    await node.deploy(agentConfig('b', { ...chain({ agent: 'next', default: true }) }));
    const linksOf = async (name: string): Promise<unknown> => {
      const { body } = await node.call('POST', `/v1/agents/${name}/run`, { query: 'q' });
      return (body as { chain: { links: unknown } }).chain.links;
    };
    const skipped = { status: 'skipped', reason: 'condition_unsupported' };
    expect(await linksOf('a')).toMatchObject([skipped, skipped]);
    expect(await linksOf('b')).toMatchObject([{ status: 'success' }]);
  });

  it('reports an agent out of service, and runs without a chain that is broken', async () => {
    const node = await startTestNode();
    await node.deploy(agentConfig('next'));
    await node.deploy(agentConfig('a', { ...chain({ agent: 'next' }) }));
    await node.call('POST', '/v1/agents/next/pause');
    const run = async (): Promise<unknown> =>
      (await node.call('POST', '/v1/agents/a/run', { query: 'q' })).body;
    expect(await run()).toMatchObject({
      chain: { status: 'failed', links: [{ error: "Agent 'next' not found" }] },
    });
    await node.call('DELETE', '/v1/agents/next');
    expect(await run()).toMatchObject({ answer: 'echo: q', chain: null });
  });
});
