import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One place in an agent's newest spec that names another agent of the tenant. */
@Entity('agent_references')
export class AgentReferenceEntity {
  @PrimaryColumn({ type: 'text', name: 'agent_id' })
  agentId!: string;

  /** Where in the spec, for example `spec.chain.on_complete[0].agent`. */
  @PrimaryColumn({ type: 'text' })
  path!: string;

  @Column({ type: 'text', name: 'tenant_id' })
  tenantId!: string;

  /** Name of the agent that is referred to. */
  @Column({ type: 'text' })
  target!: string;
}
