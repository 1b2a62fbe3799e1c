/** Topic of wakes about agents; the key is the agent's id (`agt_…`). */
export const AGENT_TOPIC = 'agent';
