import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { NodeAccess } from '../../nodes/node-access.js';
import { Clock } from '../../platform/clock/clock.js';
import { Reader } from '../../platform/database/unit-of-work.js';
import type { ServerEvent } from '../../platform/http/event-stream.js';
import { currentRequestId } from '../../platform/http/request-context.js';
import { invalidRequest } from '../../platform/http/validation.js';
import { AgentAccess, type Asking } from '../agent-access.service.js';
import { AgentCallsRepository } from '../runs/agent-calls.repository.js';
import { isShown, type LineFilter, lineOfCall, MOST_NODE_LINES } from './agent-logs.rules.js';
import type { LogsQuery } from '../runs/agent-runs.schemas.js';
import type { AgentEntity } from '../agent.entity.js';
import { agentNotFound } from '../agents.errors.js';
import {
  LOG_START,
  type LogPosition,
  type PlacedLine,
  placeLines,
  readLogCursor,
  unreadLines,
  writeLogCursor,
} from './log-cursor.rules.js';
import { OpenStreams } from '../runs/open-streams.service.js';

const LOOK_EVERY_MS = 1_000;
/** Access is checked anew after so many looks. */
const LOOKS_PER_CHECK = 5;
const MOST_RUNS = 1_000;

/** Follows the log of an agent for as long as somebody reads, and may. */
@Injectable()
export class AgentLogFollower implements BeforeApplicationShutdown {
  private readonly stopping = new AbortController();

  constructor(
    private readonly access: AgentAccess,
    private readonly streams: OpenStreams,
    private readonly calls: AgentCallsRepository,
    private readonly nodes: NodeAccess,
    private readonly reader: Reader,
    private readonly clock: Clock,
  ) {}

  /** Readers come again with their last event, to this process or another. */
  beforeApplicationShutdown(): void {
    this.stopping.abort(new Error('The server stops'));
  }

  /**
   * The newest lines, or those after `lastEventId`, and then every line that comes.
   *
   * @param signal ends it, when the caller leaves
   * @throws AppError as any request for the agent, `invalid_request` for an id that is none of
   *   ours, `too_many_streams`
   */
  async follow(
    asking: Asking,
    query: LogsQuery,
    lastEventId: string | undefined,
    signal: AbortSignal,
  ): Promise<AsyncGenerator<ServerEvent>> {
    const { actor, agent } = await this.access.open(asking);
    this.streams.enter(actor, signal);
    const position = lastEventId === undefined ? undefined : positionIn(lastEventId, agent);
    const from = query.since === undefined ? agent.createdAt : new Date(query.since).toISOString();
    const filter: LineFilter = { from, level: query.level };
    const until = AbortSignal.any([signal, this.stopping.signal]);
    const start = position === undefined ? await this.newest(agent) : [];
    const shown = start.filter(({ line }) => isShown(line, filter)).slice(-query.lines);
    const read = position ?? start.at(-1)?.position ?? LOG_START;
    return this.lines(asking, agent, filter, shown, read, until);
  }

  private async *lines(
    asking: Asking,
    agent: AgentEntity,
    filter: LineFilter,
    start: readonly PlacedLine[],
    read: LogPosition,
    signal: AbortSignal,
  ): AsyncGenerator<ServerEvent> {
    for (const one of start) yield eventOf(agent, one);
    const requestId = currentRequestId() ?? '';
    let position = read;
    for (let look = 1; !signal.aborted; look++) {
      const placed = await this.unread(agent, position);
      position = placed.at(-1)?.position ?? position;
      for (const one of placed) if (isShown(one.line, filter)) yield eventOf(agent, one);
      if (placed.length < MOST_RUNS) await this.clock.sleep(LOOK_EVERY_MS, signal);
      if (look % LOOKS_PER_CHECK === 0) await this.check(asking, agent, requestId);
    }
  }

  /** The end of the log as it is now. */
  private async newest(agent: AgentEntity): Promise<PlacedLine[]> {
    const [calls, node] = await Promise.all([
      this.calls.latest(this.reader, agent.id, MOST_RUNS),
      this.nodes.logLines(agent.tenantId, agent.name, MOST_NODE_LINES),
    ]);
    const runs = calls.map((call) => ({ number: call.number, line: lineOfCall(call) }));
    return placeLines(LOG_START, runs, node);
  }

  private async unread(agent: AgentEntity, position: LogPosition): Promise<PlacedLine[]> {
    const [calls, node] = await Promise.all([
      this.calls.after(this.reader, agent.id, position.number, MOST_RUNS),
      this.nodes.logLines(agent.tenantId, agent.name, MOST_NODE_LINES),
    ]);
    const runs = calls.map((call) => ({ number: call.number, line: lineOfCall(call) }));
    return placeLines(position, runs, unreadLines(node, position));
  }

  /** @throws AppError when the reader may not see the agent any more, or it is gone */
  private async check(asking: Asking, { id, name }: AgentEntity, requestId: string): Promise<void> {
    const { agent } = await this.access.openAgain(asking, requestId);
    if (agent.id !== id) throw agentNotFound(name);
  }
}

function positionIn(lastEventId: string, { id }: AgentEntity): LogPosition {
  const position = readLogCursor(lastEventId, id);
  if (position !== undefined) return position;
  throw invalidRequest([
    { path: 'Last-Event-ID', message: 'is not the id of an event of this log; start without it' },
  ]);
}

function eventOf({ id }: AgentEntity, { line, position }: PlacedLine): ServerEvent {
  return { event: 'line', id: writeLogCursor(id, position), data: line };
}
