import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One spec that an agent had or has. */
@Entity('agent_versions')
export class AgentVersionEntity {
  @PrimaryColumn({ type: 'text', name: 'agent_id' })
  agentId!: string;

  @PrimaryColumn({ type: 'integer' })
  revision!: number;

  /** Canonical JSON. */
  @Column({ type: 'text' })
  spec!: string;

  @Column({ type: 'text', nullable: true })
  version!: string | null;

  @Column({ type: 'text', name: 'created_by' })
  createdBy!: string;

  @Column({ type: 'text', name: 'created_at' })
  createdAt!: string;
}
