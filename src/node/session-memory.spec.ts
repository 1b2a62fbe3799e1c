import { describe, expect, it } from 'vitest';
import type { ChatMessage } from './providers/provider.types.js';
import { SessionMemory } from './session-memory.js';

function turn(text: string): ChatMessage[] {
  return [
    { role: 'user', content: text },
    { role: 'assistant', content: `to ${text}` },
  ];
}

function queries(memory: SessionMemory, session: string, agent = 'a'): string[] {
  const messages = memory.recall(agent, session);
  return messages.filter(({ role }) => role === 'user').map(({ content }) => content);
}

describe('SessionMemory', () => {
  it('keeps sessions and agents apart', () => {
    const memory = new SessionMemory();
    memory.remember('a', 's', turn('one'), 5);
    memory.remember('a', 's2', turn('two'), 5);
    memory.remember('b', 's', turn('three'), 5);
    expect(queries(memory, 's')).toEqual(['one']);
    memory.forget('a');
    expect([queries(memory, 's'), queries(memory, 's', 'b')]).toEqual([[], ['three']]);
  });

  it('bounds turns and characters', () => {
    const memory = new SessionMemory();
    for (let index = 0; index < 60; index++) memory.remember('a', 's', turn(`q${index}`), 1000);
    expect(queries(memory, 's')).toHaveLength(50);
    expect(queries(memory, 's').at(-1)).toBe('q59');
    memory.remember('a', 's', turn('y'.repeat(15_000)), 1000);
    expect(queries(memory, 's')).toContain('y'.repeat(15_000));
    memory.remember('a', 's', turn('z'.repeat(40_000)), 1000);
    expect(queries(memory, 's')).toEqual([]);
  });

  it('drops the session that was not used for the longest time', () => {
    const memory = new SessionMemory();
    for (let index = 0; index < 200; index++) memory.remember('a', `s${index}`, turn('q'), 5);
    memory.remember('a', 's0', turn('again'), 5);
    memory.remember('a', 'new', turn('q'), 5);
    expect(queries(memory, 's1')).toEqual([]);
    expect(queries(memory, 's0')).toEqual(['q', 'again']);
    expect(queries(memory, 'new')).toEqual(['q']);
  });
});
