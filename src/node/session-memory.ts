import type { ChatMessage } from './providers/provider.types.js';

const MOST_SESSIONS = 200;
const MOST_TURNS = 50;
const MOST_CHARACTERS = 32_000;

/**
 * What the agents remember of their conversations: in memory, the last 200 sessions by use, each
 * at most 50 turns and 32,000 characters.
 */
export class SessionMemory {
  private readonly sessions = new Map<string, ChatMessage[]>();

  /** The earlier messages of a session, oldest first. */
  recall(agent: string, sessionId: string): readonly ChatMessage[] {
    return this.sessions.get(keyOf(agent, sessionId)) ?? [];
  }

  /** Adds a turn and forgets what is beyond `maxTurns` turns or the bounds. */
  remember(agent: string, sessionId: string, turn: ChatMessage[], maxTurns: number): void {
    const key = keyOf(agent, sessionId);
    const messages = [...(this.sessions.get(key) ?? []), ...turn];
    const turns = Math.min(maxTurns, MOST_TURNS);
    while (messages.length > turns * 2 || charactersOf(messages) > MOST_CHARACTERS) {
      messages.splice(0, 2);
    }
    // Taking the key out first moves it to the end: the oldest key is the least recently used.
    this.sessions.delete(key);
    if (messages.length > 0) this.sessions.set(key, messages);
    const [oldest] = this.sessions.keys();
    if (this.sessions.size > MOST_SESSIONS && oldest !== undefined) this.sessions.delete(oldest);
  }

  /** Forgets every session of an agent. */
  forget(agent: string): void {
    for (const key of this.sessions.keys()) {
      if (key.startsWith(keyOf(agent, ''))) this.sessions.delete(key);
    }
  }
}

function keyOf(agent: string, sessionId: string): string {
  return `${agent}\0${sessionId}`;
}

function charactersOf(messages: readonly ChatMessage[]): number {
  return messages.reduce((sum, message) => sum + message.content.length, 0);
}
