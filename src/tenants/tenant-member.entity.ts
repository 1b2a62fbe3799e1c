import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The role of one person in one tenant. */
@Entity('tenant_members')
export class TenantMemberEntity {
  @PrimaryColumn({ type: 'text', name: 'tenant_id' })
  tenantId!: string;

  @PrimaryColumn({ type: 'text', name: 'user_id' })
  userId!: string;

  /** One of `TENANT_ROLES`. */
  @Column({ type: 'text' })
  role!: string;

  @Column({ type: 'text', name: 'created_at' })
  createdAt!: string;
}
