import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/actor.js';
import { type TenantHints, TenantScope } from '../access/tenant-scope.js';
import { AppError, type AppErrorKind } from '../platform/errors/app-error.js';
import { isJsonObject } from '../platform/json/json-object.js';
import { NodeAccess } from './node-access.js';
import { NodeClient } from './node-client.service.js';
import { asUpstreamError, nodeAway, NodeError, reasonOf } from './node.errors.js';
import { nodePath } from './node-path.rules.js';
import type { NodeRun } from './node-pass.schemas.js';

/** What a caller wants of a node. */
export interface NodeCall {
  /** What follows `/v1/`, as it came. */
  path: string;
  /** The query as it came, without `?`. */
  query: string;
  /** For a run. */
  run?: NodeRun;
}

/** The node's answer; `body` is passed on byte by byte. */
export interface PassedAnswer {
  status: number;
  contentType: string;
  body: Buffer;
}

/** The statuses of a node that callers see as they are; the contract has no others. */
const KIND_OF: Readonly<Record<number, AppErrorKind>> = {
  400: 'invalid',
  404: 'not_found',
  405: 'method_not_allowed',
  409: 'conflict',
  413: 'too_large',
  415: 'unsupported_media_type',
  422: 'invalid',
  429: 'rate_limited',
  503: 'unavailable',
  504: 'upstream_timeout',
};
const RETRY_MS = 1_000;

/** Passes calls on to the node of a tenant, for whoever may run its agents. */
@Injectable()
export class NodePassService {
  constructor(
    private readonly scope: TenantScope,
    private readonly nodes: NodeAccess,
    private readonly client: NodeClient,
  ) {}

  /**
   * @param signal ends the call, when the caller leaves
   * @throws AppError `invalid_request` for a path that is none, `node_unreachable`,
   *   `node_timeout`, `node_error` with the node's own `detail`
   */
  async pass(
    actor: Actor,
    { path: raw, query, run }: NodeCall,
    hints: TenantHints,
    signal: AbortSignal,
  ): Promise<PassedAnswer> {
    const tenant = await this.scope.choose(actor, hints, 'agents:run');
    const path = nodePath(raw);
    if (path === undefined) throw badPath();
    const endpoint = await this.nodes.endpointOf(tenant.id);
    if (endpoint === undefined) throw nodeAway();
    const search = new URLSearchParams(query).toString();
    try {
      const at = search === '' ? path : `${path}?${search}`;
      const answer = await this.client.pass(endpoint, at, run, signal);
      return readAnswer(answer);
    } catch (error) {
      throw asUpstreamError(error);
    }
  }
}

function readAnswer({
  status,
  contentType,
  text,
}: {
  status: number;
  contentType: string;
  text: string;
}): PassedAnswer {
  const isJson = contentType.startsWith('application/json');
  const json = isJson ? parsed(text) : undefined;
  if (status >= 400)
    throw failure(status, json ?? (contentType.startsWith('text/plain') ? text : undefined));
  const known = isJson ? json !== undefined : contentType.startsWith('text/plain');
  if (status < 200 || status >= 300 || !known) {
    throw new NodeError('nonsense', 'it answered something that is not from a node', status);
  }
  return { status, contentType, body: Buffer.from(text) };
}

/** A node that refuses our token is no matter of the caller's. */
function failure(status: number, said: unknown): AppError {
  const reason = reasonOf(said, `it answered ${status}`);
  const kind =
    KIND_OF[status] ??
    (status < 500 && status !== 401 && status !== 403 ? 'invalid' : 'upstream_failed');
  const detail = isJsonObject(said) && 'detail' in said ? { detail: said['detail'] } : {};
  return new AppError(kind, 'node_error', `The node could not do it: ${reason}`, {
    extra: detail,
    ...(kind === 'rate_limited' || kind === 'unavailable' ? { retryAfterMs: RETRY_MS } : {}),
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function badPath(): AppError {
  return new AppError(
    'invalid',
    'invalid_request',
    'The path on the node must be plain: no empty or dotted segments, no escaped slashes.',
    { issues: [{ path: 'path', message: 'must be plain' }] },
  );
}
