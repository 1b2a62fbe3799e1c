import { Injectable } from '@nestjs/common';
import { proveActor, requirePermission } from '../access/access.guard.js';
import type { Actor } from '../access/actor.js';
import { type AuthRequest, Authenticator } from '../access/authenticator.js';
import type { Permission } from '../access/permissions.js';
import { type TenantHints, type TenantRef, TenantScope } from '../access/tenant-scope.js';
import { Reader } from '../platform/database/unit-of-work.js';
import { STATUS_OF } from '../platform/http/error-answer.js';
import { asAppError } from '../platform/http/foreign-errors.js';
import { RefusalListener, type RequestFacts } from '../platform/http/refusals.js';
import type { AgentEntity } from './agent.entity.js';
import { agentNotFound } from './agents.errors.js';
import { AgentsRepository } from './agents.repository.js';

/** Who asks for what, as the request said it; good for asking again. */
export interface Asking {
  readonly request: AuthRequest;
  readonly hints: TenantHints;
  readonly name: string;
  readonly permission: Permission;
  /** What the audit calls it. */
  readonly operation: string;
  /** Is told who asks as soon as that is proven, also when it is refused then. */
  readonly proven?: (actor: Actor) => void;
}

/**
 * The checks of the guard and of the services, for what outlives one request: a credential may be
 * revoked, a member removed, an agent deleted while a connection is open.
 */
@Injectable()
export class AgentAccess {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly scope: TenantScope,
    private readonly repository: AgentsRepository,
    private readonly reader: Reader,
    private readonly refusals: RefusalListener,
  ) {}

  /** @throws AppError as a request for the agent would */
  async open({
    request,
    hints,
    name,
    permission,
    proven,
  }: Asking): Promise<{ actor: Actor; tenant: TenantRef; agent: AgentEntity }> {
    const actor = await proveActor(this.authenticator, request);
    proven?.(actor);
    requirePermission(actor, permission);
    const tenant = await this.scope.choose(actor, hints, permission);
    const agent = await this.repository.findLive(this.reader, tenant.id, name);
    if (agent === null) throw agentNotFound(name);
    return { actor, tenant, agent };
  }
  /**
   * The same for a connection that is open. No answer tells of a refusal then, so it is told here.
   *
   * @param requestId of the request that opened the connection
   * @throws AppError as a request for the agent would
   */
  async openAgain(
    asking: Asking,
    requestId: string,
  ): Promise<{ actor: Actor; tenant: TenantRef; agent: AgentEntity }> {
    const facts: RequestFacts = { operation: asking.operation };
    try {
      return await this.open({
        ...asking,
        hints: { ...asking.hints, found: ({ id }) => void (facts.tenantId = id) },
        proven: (actor) => void (facts.actor = actor),
      });
    } catch (error) {
      const { kind, code } = asAppError(error);
      const { method, url, address } = asking.request;
      const [path = '/'] = url.split('?', 1);
      const answer = { method, path, status: STATUS_OF[kind], code };
      this.refusals.refused({ ...facts, ...answer, requestId, address });
      throw error;
    }
  }
}
