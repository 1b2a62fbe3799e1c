/** Topic of wakes about agents; the key is that of `agentKey`. */
export const AGENT_TOPIC = 'agent';

/** What a wake says of an agent: whose it is, so that tenants can be told apart, and its id. */
export function agentKey({ tenantId, id }: { tenantId: string; id: string }): string {
  return `${tenantId}/${id}`;
}

/** The tenant and the agent (`agt_…`) of a key. */
export function readAgentKey(key: string): { tenantId: string; id: string } {
  const at = key.indexOf('/');
  return { tenantId: key.slice(0, Math.max(0, at)), id: key.slice(at + 1) };
}
