import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../test/support/reference-node.js';
import { SystemClock } from '../platform/clock/system-clock.js';
import { agentNameOf, AgentsStore } from './agents.store.js';
import { NodeLog } from './node.log.js';

function storeIn(dir: string): { store: AgentsStore; lines: string[] } {
  const lines: string[] = [];
  const log = new NodeLog(new SystemClock(), (line) => lines.push(line));
  return { store: new AgentsStore(dir, log), lines };
}

async function put(dir: string, file: string, text: string): Promise<void> {
  await mkdir(join(dir, 'agents'), { recursive: true });
  await writeFile(join(dir, 'agents', file), text);
}

describe('AgentsStore', () => {
  it('gives back what was saved, to the last detail', async () => {
    const dir = await temporaryFolder();
    const { store } = storeIn(dir);
    expect(await store.load()).toEqual([]);
    const config = {
      metadata: { name: 'ä b' },
      spec: { text: 'no\n"quotes": yes', n: [0.1, null] },
    };
    await store.save('ä b', { metadata: { name: 'old' } });
    await store.save('ä b', config);
    expect(await storeIn(dir).store.load()).toEqual([{ name: 'ä b', config }]);
    expect(await readdir(join(dir, 'agents'))).toEqual(['ä b.agent.yaml']);
  });

  it('forgets what was removed', async () => {
    const dir = await temporaryFolder();
    const { store } = storeIn(dir);
    await store.load();
    await store.save('a', { metadata: { name: 'a' } });
    await store.remove('a');
    await store.remove('never-there');
    expect(await storeIn(dir).store.load()).toEqual([]);
  });

  it('reads YAML and JSON that were put there, and replaces such a file', async () => {
    const dir = await temporaryFolder();
    await put(dir, 'demo.agent.yaml', 'metadata: { name: from-yaml }\nspec: {}\n');
    await put(dir, 'json.agent.json', '{"metadata":{"name":"from-json"}}');
    await put(dir, 'README.md', 'not an agent');
    const { store } = storeIn(dir);
    expect((await store.load()).map(({ name }) => name)).toEqual(['from-yaml', 'from-json']);
    await store.save('from-yaml', { metadata: { name: 'from-yaml' }, spec: { new: true } });
    await store.remove('from-json');
    expect((await readdir(join(dir, 'agents'))).toSorted()).toEqual([
      'README.md',
      'from-yaml.agent.yaml',
    ]);
  });

  it('skips and names unusable files, and clears what a kill left', async () => {
    const dir = await temporaryFolder();
    await put(dir, 'broken.agent.yaml', '{"metadata": {"na');
    await put(dir, 'empty.agent.yaml', '');
    await put(dir, 'nameless.agent.yaml', '{"spec":{}}');
    await put(dir, 'one.agent.yaml', '{"metadata":{"name":"good"}}');
    await put(dir, 'two.agent.yaml', '{"metadata":{"name":"good"}}');
    await put(dir, 'good.agent.yaml.123.0.tmp', '{"metadata"');
    const { store, lines } = storeIn(dir);
    expect((await store.load()).map(({ name }) => name)).toEqual(['good']);
    const files = lines.map((line) => (JSON.parse(line) as { file: string }).file);
    expect(files).toEqual([
      'broken.agent.yaml',
      'empty.agent.yaml',
      'nameless.agent.yaml',
      'two.agent.yaml',
    ]);
    expect(await readdir(join(dir, 'agents'))).not.toContain('good.agent.yaml.123.0.tmp');
    expect(await readFile(join(dir, 'agents', 'broken.agent.yaml'), 'utf8')).toContain('na');
  });
});

describe('agentNameOf', () => {
  it('prefers metadata.name to spec.identity.name', () => {
    const spec = { identity: { name: 'second' } };
    expect(agentNameOf({ metadata: { name: 'first' }, spec })).toBe('first');
    expect(agentNameOf({ metadata: {}, spec })).toBe('second');
  });

  it.each([{}, { metadata: 'x' }, { metadata: { name: '' } }])('wants a name in %j', (config) => {
    expect(() => agentNameOf(config)).toThrow('must include metadata.name');
  });

  it.each(['a/b', '../x', 'a..b', '.', 'nul\0byte', 'x'.repeat(201), 5])('refuses %j', (name) => {
    expect(() => agentNameOf({ metadata: { name } })).toThrow('Invalid agent name');
  });
});
