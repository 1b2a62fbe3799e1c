/** The shallow check of nodes, put together as the product does. */
import { AgentCallsRepository } from '../../src/agents/runs/agent-calls.repository.js';
import type { AgentSyncService } from '../../src/agents/agent-sync.service.js';
import { AgentTracesService } from '../../src/agents/insight/agent-traces.service.js';
import { TraceCoverageRepository } from '../../src/agents/insight/trace-coverage.repository.js';
import type { NodeClient } from '../../src/nodes/node-client.service.js';
import type { Clock } from '../../src/platform/clock/clock.js';
import type { Reader, UnitOfWork } from '../../src/platform/database/unit-of-work.js';
import type { Logger } from '../../src/platform/logging/logger.js';
import type { NodeKnowledgeBase } from '../../src/reconciliation/node-knowledge.js';
import { NodeCheck } from '../../src/reconciliation/tenant/node-check.js';
import { TraceReader } from '../../src/reconciliation/tenant/trace-reader.js';
import { RETENTION } from './retention.js';

interface Parts {
  client: NodeClient;
  agents: AgentSyncService;
  knowledge: NodeKnowledgeBase;
  units: UnitOfWork;
  reader: Reader;
  clock: Clock;
  logger: Logger;
}

export function makeNodeCheck(parts: Parts): NodeCheck {
  const { client, agents, knowledge, units, reader, clock, logger } = parts;
  const coverage = new TraceCoverageRepository();
  const calls = new AgentCallsRepository();
  const traces = new AgentTracesService(calls, coverage, units, reader, clock, RETENTION);
  const traceReader = new TraceReader(client, traces, clock, logger);
  return new NodeCheck(client, agents, traceReader, knowledge, clock);
}
