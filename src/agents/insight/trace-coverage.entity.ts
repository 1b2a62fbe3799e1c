import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Since when every run on a tenant's node is on record, also those that were made past us. */
@Entity('trace_coverage')
export class TraceCoverageEntity {
  @PrimaryColumn({ type: 'text', name: 'tenant_id' })
  tenantId!: string;

  @Column({ type: 'text', name: 'whole_from' })
  wholeFrom!: string;
}
