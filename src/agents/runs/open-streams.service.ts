import { Injectable } from '@nestjs/common';
import type { Actor } from '../../access/actor.js';
import { HttpConfig } from '../../config/http.config.js';
import { AppError } from '../../platform/errors/app-error.js';

const RETRY_MS = 5_000;

/**
 * Connections that stay open for as long as somebody likes: WebSockets, and logs that are followed.
 * Each costs the server something all the time, so one actor has only so many of them.
 */
@Injectable()
export class OpenStreams {
  private readonly byActor = new Map<string, number>();

  constructor(private readonly config: HttpConfig) {}

  /**
   * Counts one more of this actor until it is over.
   *
   * @param over aborts when the connection has closed, whatever became of it
   * @throws AppError `too_many_streams`
   */
  enter({ kind, id }: Actor, over: AbortSignal): void {
    const key = `${kind} ${id}`;
    const open = this.byActor.get(key) ?? 0;
    if (open >= this.config.streamsPerActor) throw tooManyStreams(this.config.streamsPerActor);
    if (over.aborted) return;
    this.byActor.set(key, open + 1);
    over.addEventListener('abort', () => this.leave(key), { once: true });
  }

  private leave(key: string): void {
    const open = (this.byActor.get(key) ?? 1) - 1;
    if (open === 0) this.byActor.delete(key);
    else this.byActor.set(key, open);
  }
}

function tooManyStreams(most: number): AppError {
  return new AppError(
    'rate_limited',
    'too_many_streams',
    `You have ${most} WebSockets and followed logs open on this server already; close one first.`,
    { retryAfterMs: RETRY_MS },
  );
}
