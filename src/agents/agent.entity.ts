import { Column, Entity, PrimaryColumn } from 'typeorm';

/** An agent: what is wanted of it, and what was last observed. */
@Entity('agents')
export class AgentEntity {
  /** `agt_…`; a name that is used again after a deletion gets a new one. */
  @PrimaryColumn({ type: 'text' })
  id!: string;

  @Column({ type: 'text', name: 'tenant_id' })
  tenantId!: string;

  @Column({ type: 'text' })
  name!: string;

  /** The spec as canonical JSON. */
  @Column({ type: 'text' })
  spec!: string;

  /** `metadata.version` of the spec. */
  @Column({ type: 'text', nullable: true })
  version!: string | null;

  /** `provider/model` of the first candidate. */
  @Column({ type: 'text', nullable: true })
  model!: string | null;

  /** JSON object of text. */
  @Column({ type: 'text' })
  labels!: string;

  /** Counts the specs: 1, 2, 3… */
  @Column({ type: 'integer' })
  revision!: number;

  @Column({ type: 'boolean' })
  paused!: boolean;

  /** The door that it is changed through: `api` or `cluster`. */
  @Column({ type: 'text' })
  origin!: string;

  /** Who manages the spec of its resource, when that is where it is changed. */
  @Column({ type: 'text', name: 'field_manager', nullable: true })
  fieldManager!: string | null;

  /** The very resource that was last seen of it. */
  @Column({ type: 'text', name: 'resource_uid', nullable: true })
  resourceUid!: string | null;

  @Column({ type: 'text', name: 'created_by' })
  createdBy!: string;

  @Column({ type: 'text', name: 'created_at' })
  createdAt!: string;

  @Column({ type: 'text', name: 'updated_at' })
  updatedAt!: string;

  /** When its deletion was asked for: from then on the row is a tombstone. */
  @Column({ type: 'text', name: 'deleted_at', nullable: true })
  deletedAt!: string | null;

  /** Counts every change of what is wanted. */
  @Column({ type: 'integer' })
  generation!: number;

  /** The generation that what was observed is about. */
  @Column({ type: 'integer', name: 'observed_generation' })
  observedGeneration!: number;

  @Column({ type: 'text' })
  phase!: string;

  @Column({ type: 'boolean' })
  ready!: boolean;

  @Column({ type: 'boolean', name: 'node_ack' })
  nodeAck!: boolean;

  @Column({ type: 'text', name: 'last_synced_at', nullable: true })
  lastSyncedAt!: string | null;

  /** The number of the newest record of a run. */
  @Column({ type: 'integer', name: 'recorded_calls' })
  recordedCalls!: number;

  /** JSON array of conditions. */
  @Column({ type: 'text' })
  conditions!: string;
}
