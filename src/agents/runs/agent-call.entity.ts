import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One run of an agent, as it ended: through us, or past us as its node's trace tells. */
@Entity('agent_calls')
export class AgentCallEntity {
  /** `call_…`, ordered by time. */
  @PrimaryColumn({ type: 'text' })
  id!: string;

  @Column({ type: 'text', name: 'tenant_id' })
  tenantId!: string;

  @Column({ type: 'text', name: 'agent_id' })
  agentId!: string;

  @Column({ type: 'text', name: 'agent_name' })
  agentName!: string;

  /** Counts the records of an agent in the order in which they were committed. */
  @Column({ type: 'integer' })
  number!: number;

  /** `api` for a run through us, `node` for one that was read from the node's traces. */
  @Column({ type: 'text' })
  origin!: string;

  /** Null for the node's default session. */
  @Column({ type: 'text', name: 'session_id', nullable: true })
  sessionId!: string | null;

  @Column({ type: 'text', name: 'trace_id', nullable: true })
  traceId!: string | null;

  @Column({ type: 'text', name: 'started_at' })
  startedAt!: string;

  @Column({ type: 'integer', name: 'duration_ms' })
  durationMs!: number;

  /** `completed`, `failed` or `cancelled`. */
  @Column({ type: 'text' })
  outcome!: string;

  /** Why it failed. */
  @Column({ type: 'text', nullable: true })
  error!: string | null;

  @Column({ type: 'text', nullable: true })
  model!: string | null;

  @Column({ type: 'integer', name: 'tokens_in' })
  tokensIn!: number;

  @Column({ type: 'integer', name: 'tokens_out' })
  tokensOut!: number;

  /** Millionths of a US dollar. */
  @Column({ type: 'integer', name: 'cost_micros' })
  costMicros!: number;

  /** JSON array of the names of the tools that were called, in order. */
  @Column({ type: 'text' })
  tools!: string;
}
