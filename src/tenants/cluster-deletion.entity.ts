import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A deletion of a tenant that was asked for through the cluster. */
@Entity('cluster_deletions')
export class ClusterDeletionEntity {
  /** The tenant may be gone already. */
  @PrimaryColumn({ type: 'text', name: 'tenant_id' })
  tenantId!: string;

  /** The very resource that was deleted. */
  @Column({ type: 'text', name: 'resource_uid' })
  resourceUid!: string;

  @Column({ type: 'text', name: 'seen_at' })
  seenAt!: string;

  /** Whether it waits, because too many came at once. */
  @Column({ type: 'boolean' })
  held!: boolean;

  /** When somebody confirmed one that was held. */
  @Column({ type: 'text', name: 'confirmed_at', nullable: true })
  confirmedAt!: string | null;
}
