import { Injectable } from '@nestjs/common';
import type { Caller } from '../access/caller.decorator.js';
import { Clock } from '../platform/clock/clock.js';
import { Reader, type Tx } from '../platform/database/unit-of-work.js';
import { WakeChannel } from '../platform/events/wake-channel.js';
import { type Page, pageOf, type PageQuery, readCursor } from '../platform/http/pagination.js';
import { newId } from '../platform/ids/ids.js';
import { CREDENTIAL_TOPIC } from './auth.events.js';
import { OpaqueCredential } from './opaque-credential.js';
import type { RefreshTokenEntity } from './refresh-token.entity.js';
import type { SessionEntity } from './session.entity.js';
import { SessionsRepository } from './sessions.repository.js';

/** How long a session lives without being used. */
export const SESSION_DAYS = 30;
const DAY_MS = 24 * 60 * 60 * 1000;

/** A session and its one live refresh token, which is shown once. */
export interface OpenedSession {
  sessionId: string;
  userId: string;
  refreshToken: string;
}

/** A session that a refresh token has ended: it was used before. */
export type EndedSession = Pick<OpenedSession, 'sessionId' | 'userId'>;

/** Sessions of people: opened by a log-in, continued by refresh tokens that are good for one use. */
@Injectable()
export class SessionsService {
  private readonly tokens = new OpaqueCredential('rt_');

  constructor(
    private readonly repository: SessionsRepository,
    private readonly wakes: WakeChannel,
    private readonly reader: Reader,
    private readonly clock: Clock,
  ) {}

  async open(tx: Tx, userId: string, caller: Caller): Promise<OpenedSession> {
    const now = this.clock.now();
    const id = newId('ses', now);
    await this.repository.add(tx, {
      id,
      userId,
      createdAt: now.toISOString(),
      lastUsedAt: now.toISOString(),
      expiresAt: expiry(now),
      endedAt: null,
      userAgent: caller.userAgent,
      address: caller.address,
    });
    return { sessionId: id, userId, refreshToken: await this.issue(tx, id) };
  }

  /** The token of a session that is open; undefined for any other text. Writes nothing. */
  async findToken(raw: string): Promise<RefreshTokenEntity | undefined> {
    const credential = this.tokens.read(raw);
    if (credential === undefined) return undefined;
    const token = await this.repository.findToken(this.reader, credential.hash);
    if (token === null) return undefined;
    const session = await this.repository.find(this.reader, token.sessionId);
    return session !== null && this.isOpen(session) ? token : undefined;
  }

  /**
   * Changes a refresh token for a new one. A used one that comes again may be stolen: it ends the
   * whole session.
   *
   * @param hash a token as it is kept
   * @returns the session with its new token, or the one that has ended; undefined when it was over
   */
  async refresh(
    tx: Tx,
    hash: string,
    { userAgent, address }: Caller,
  ): Promise<OpenedSession | EndedSession | undefined> {
    const found = await this.repository.findToken(tx, hash);
    if (found === null) return undefined;
    const session = await this.repository.lock(tx, found.sessionId);
    if (session === null || !this.isOpen(session)) return undefined;
    const { id: sessionId, userId } = session;
    const now = this.clock.now();
    // Read again: another request may have used it while this one waited for the session.
    const token = await this.repository.findToken(tx, hash);
    if (token === null || token.usedAt !== null) {
      await this.close(tx, sessionId, userId, now.toISOString());
      return { sessionId, userId };
    }
    await this.repository.useToken(tx, hash, now.toISOString());
    const use = { lastUsedAt: now.toISOString(), expiresAt: expiry(now), userAgent, address };
    await this.repository.touch(tx, sessionId, use);
    return { sessionId, userId, refreshToken: await this.issue(tx, sessionId) };
  }

  /**
   * Ends sessions of the user: the one given, and the one of a refresh token.
   *
   * @returns the ids of those that were open
   */
  async end(tx: Tx, userId: string, sessionId: string, refreshToken?: string): Promise<string[]> {
    const credential = refreshToken === undefined ? undefined : this.tokens.read(refreshToken);
    const token =
      credential === undefined ? null : await this.repository.findToken(tx, credential.hash);
    const ended: string[] = [];
    for (const id of new Set([sessionId, token?.sessionId ?? sessionId])) {
      if (await this.endOne(tx, userId, id)) ended.push(id);
    }
    return ended;
  }

  /** The sessions of a user that have not ended, oldest first. */
  async list(userId: string, { limit, cursor }: PageQuery): Promise<Page<SessionEntity>> {
    const [after] = readCursor(cursor, 'sessions', 1) ?? [];
    const now = this.clock.nowIso();
    const rows = await this.repository.listOpen(this.reader, userId, now, after, limit + 1);
    const total = await this.repository.countOpen(this.reader, userId, now);
    return pageOf(rows, limit, total, ({ id }) => [id]);
  }

  /** @returns whether the user had such a session that was open */
  async endOne(tx: Tx, userId: string, sessionId: string): Promise<boolean> {
    const session = await this.repository.lock(tx, sessionId);
    if (session === null || session.userId !== userId || !this.isOpen(session)) return false;
    await this.close(tx, sessionId, userId, this.clock.nowIso());
    return true;
  }

  /** Ends every session of a user, `exceptId` aside. */
  async endAll(tx: Tx, userId: string, exceptId?: string): Promise<void> {
    await this.repository.endAll(tx, userId, this.clock.nowIso(), exceptId);
    await this.wakes.publish(tx, CREDENTIAL_TOPIC, userId);
  }

  /** The session of a user; undefined when access tokens of it are no longer good. */
  async findLive(sessionId: string, userId: string): Promise<SessionEntity | undefined> {
    const session = await this.repository.find(this.reader, sessionId);
    return session?.userId === userId && this.isOpen(session) ? session : undefined;
  }

  /** Ends a session of this user; whoever remembers its tokens forgets them. */
  private async close(tx: Tx, id: string, userId: string, endedAt: string): Promise<void> {
    await this.repository.end(tx, id, userId, endedAt);
    await this.wakes.publish(tx, CREDENTIAL_TOPIC, id);
  }

  private async issue(tx: Tx, sessionId: string): Promise<string> {
    const { raw, hash } = this.tokens.issue();
    await this.repository.addToken(tx, {
      hash,
      sessionId,
      createdAt: this.clock.nowIso(),
      usedAt: null,
    });
    return raw;
  }

  private isOpen({ endedAt, expiresAt }: SessionEntity): boolean {
    return endedAt === null && expiresAt > this.clock.nowIso();
  }
}

function expiry(from: Date): string {
  return new Date(from.getTime() + SESSION_DAYS * DAY_MS).toISOString();
}
