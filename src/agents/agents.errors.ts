import { AppError, type Issue } from '../platform/errors/app-error.js';

export function agentNotFound(name: string): AppError {
  return new AppError(
    'not_found',
    'agent_not_found',
    `There is no agent "${name}" in this tenant.`,
  );
}

export function agentExists(name: string): AppError {
  return new AppError(
    'conflict',
    'agent_exists',
    `An agent "${name}" exists already; change it with PUT, or choose another name.`,
  );
}

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

export function nameMismatch(path: string, body: string): AppError {
  return specInvalid([
    {
      path: 'metadata.name',
      message: `is "${body}", but the path names "${path}"; an agent cannot be renamed`,
    },
  ]);
}

export function revisionStale(current: number): AppError {
  return new AppError(
    'precondition_failed',
    'revision_stale',
    `The agent is at revision ${current} now; read it again and repeat the change.`,
    { extra: { revision: current } },
  );
}

export function revisionNotFound(revision: number): AppError {
  return new AppError(
    'not_found',
    'revision_not_found',
    `The agent has no revision ${revision}; list them with GET …/versions.`,
  );
}

export function managedByCluster(): AppError {
  return new AppError(
    'conflict',
    'managed_by_cluster',
    'The agent is managed in the cluster; change its resource there.',
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
