import { AppError, type Issue } from '../platform/errors/app-error.js';

/** 404: the tenant has no agent of that name, or only its tombstone. */
export function agentNotFound(name: string): AppError {
  return new AppError(
    'not_found',
    'agent_not_found',
    `There is no agent "${name}" in this tenant.`,
  );
}

/** 409: the name is taken by a live agent of the tenant. */
export function agentExists(name: string): AppError {
  return new AppError(
    'conflict',
    'agent_exists',
    `An agent "${name}" exists already; change it with PUT, or choose another name.`,
  );
}

/**
 * 409: the quota of the tenant is full.
 *
 * @param maxAgents how many agents the quota allows
 */
export function agentQuotaExceeded(maxAgents: number): AppError {
  return new AppError(
    'conflict',
    'agent_quota_exceeded',
    `The tenant may have ${maxAgents} agents and has no room for another; delete one or raise its quota.`,
  );
}

/** @param referrers names of the agents that name it */
export function agentInUse(name: string, referrers: readonly string[]): AppError {
  return new AppError(
    'conflict',
    'agent_in_use',
    `Other agents name "${name}": ${referrers.join(', ')}; change or delete them first.`,
    { extra: { referrers } },
  );
}

/**
 * 400: a spec breaks its schema or a rule.
 *
 * @param issues every fault with its place; the first one goes into the message
 */
export function specInvalid(issues: readonly Issue[]): AppError {
  const [first] = issues;
  const what = first === undefined ? 'it breaks its schema' : `${first.path} ${first.message}`;
  return new AppError(
    'invalid',
    'invalid_agent_spec',
    `The agent spec is invalid: ${what.trim()}.`,
    {
      issues,
    },
  );
}

/** 400: a PUT names another agent in its body than in its path. */
export function nameMismatch(path: string, body: string): AppError {
  return specInvalid([
    {
      path: 'metadata.name',
      message: `is "${body}", but the path names "${path}"; an agent cannot be renamed`,
    },
  ]);
}

/** 412: `If-Match` names another revision than the current one, which is told. */
export function revisionStale(current: number): AppError {
  return new AppError(
    'precondition_failed',
    'revision_stale',
    `The agent is at revision ${current} now; read it again and repeat the change.`,
    { extra: { revision: current } },
  );
}

/** 404: the agent never had that revision. */
export function revisionNotFound(revision: number): AppError {
  return new AppError(
    'not_found',
    'revision_not_found',
    `The agent has no revision ${revision}; list them with GET …/versions.`,
  );
}

/**
 * 409: an agent of `origin: cluster` is not changed through the API.
 *
 * @param manager who manages its resource; null while nobody was seen to
 */
export function managedByCluster(name: string, manager: string | null): AppError {
  const who = manager === null ? 'in the cluster' : `in the cluster by "${manager}"`;
  return new AppError(
    'conflict',
    'managed_by_cluster',
    `The agent "${name}" is managed ${who}; change its NexusAgent there, or have an admin hand it over with POST /api/v1/tenants/{id}/origin.`,
    { extra: { fieldManager: manager } },
  );
}

/** The node knows an agent only while it is deployed: not before, and not while it is paused. */
export function agentNotRunning(name: string): AppError {
  return new AppError(
    'not_found',
    'agent_not_running',
    `The agent "${name}" is not running on its node; look at its status, or resume it.`,
  );
}
