import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A variable of a tenant. */
@Entity('tenant_variables')
export class TenantVariableEntity {
  @PrimaryColumn({ type: 'text', name: 'tenant_id' })
  tenantId!: string;

  /** Who gets it: `node`. */
  @PrimaryColumn({ type: 'text' })
  audience!: string;

  @PrimaryColumn({ type: 'text' })
  name!: string;

  /** The value, sealed for this row and version. */
  @Column({ type: 'text' })
  sealed!: string;

  /** Counts the values that the row has held. */
  @Column({ type: 'integer' })
  version!: number;

  @Column({ type: 'text', name: 'created_at' })
  createdAt!: string;

  /** When the value last changed. */
  @Column({ type: 'text', name: 'updated_at' })
  updatedAt!: string;
}
