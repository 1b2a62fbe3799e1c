import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A tenant: what is wanted of it, and what was last observed. */
@Entity('tenants')
export class TenantEntity {
  /** `t_…` */
  @PrimaryColumn({ type: 'text' })
  id!: string;

  /** `tenant-<uuid>`: the name of its resource and of its namespace. */
  @Column({ type: 'text', name: 'cr_name' })
  crName!: string;

  @Column({ type: 'text', name: 'display_name' })
  displayName!: string;

  /** Role of its node. */
  @Column({ type: 'text', name: 'node_profile' })
  nodeProfile!: string;

  @Column({ type: 'integer', name: 'max_agents' })
  maxAgents!: number;

  /** Kubernetes quantity. */
  @Column({ type: 'text' })
  cpu!: string;

  /** Kubernetes quantity. */
  @Column({ type: 'text' })
  memory!: string;

  @Column({ type: 'boolean' })
  suspend!: boolean;

  @Column({ type: 'boolean', name: 'deletion_protection' })
  deletionProtection!: boolean;

  /** The image's tag that its node is held to; null is the one of the settings. */
  @Column({ type: 'text', name: 'pinned_node_version', nullable: true })
  pinnedNodeVersion!: string | null;

  /** The door that it is changed through: `api` or `cluster`. */
  @Column({ type: 'text' })
  origin!: string;

  /** Who manages the spec of its resource, when that is where it is changed. */
  @Column({ type: 'text', name: 'field_manager', nullable: true })
  fieldManager!: string | null;

  /** The very resource that was last seen of it. */
  @Column({ type: 'text', name: 'resource_uid', nullable: true })
  resourceUid!: string | null;

  /** The address of the owner that it waits for, in lower case; null when it waits for nobody. */
  @Column({ type: 'text', name: 'owner_email', nullable: true })
  ownerEmail!: string | null;

  /** Which cluster it lives in; null is the one at hand. */
  @Column({ type: 'text', name: 'cluster_id', nullable: true })
  clusterId!: string | null;

  @Column({ type: 'text', name: 'created_by' })
  createdBy!: string;

  @Column({ type: 'text', name: 'created_at' })
  createdAt!: string;

  @Column({ type: 'text', name: 'updated_at' })
  updatedAt!: string;

  /** When its deletion was asked for. */
  @Column({ type: 'text', name: 'deleted_at', nullable: true })
  deletedAt!: string | null;

  /** Counts the changes of what is wanted. */
  @Column({ type: 'integer' })
  generation!: number;

  /** The generation that `phase` and `conditions` are about. */
  @Column({ type: 'integer', name: 'observed_generation' })
  observedGeneration!: number;

  @Column({ type: 'text' })
  phase!: string;

  /** JSON array of conditions. */
  @Column({ type: 'text' })
  conditions!: string;

  @Column({ type: 'text', name: 'node_endpoint', nullable: true })
  nodeEndpoint!: string | null;

  @Column({ type: 'text', name: 'node_version', nullable: true })
  nodeVersion!: string | null;

  @Column({ type: 'boolean', name: 'node_ready' })
  nodeReady!: boolean;
}
