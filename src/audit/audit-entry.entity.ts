import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** One line of the audit; never updated. */
@Entity('audit_entries')
export class AuditEntryEntity {
  /** Order of the entries; gaps are possible. */
  @PrimaryGeneratedColumn({ type: 'integer' })
  number!: number;

  @Column({ type: 'text' })
  at!: string;

  @Column({ type: 'text', name: 'actor_kind' })
  actorKind!: string;

  @Column({ type: 'text', name: 'actor_id' })
  actorId!: string;

  @Column({ type: 'text', name: 'actor_label' })
  actorLabel!: string;

  @Column({ type: 'text' })
  action!: string;

  @Column({ type: 'text', name: 'tenant_id', nullable: true })
  tenantId!: string | null;

  @Column({ type: 'text' })
  target!: string;

  @Column({ type: 'text' })
  outcome!: string;

  @Column({ type: 'text', name: 'request_id', nullable: true })
  requestId!: string | null;

  /** JSON object. */
  @Column({ type: 'text' })
  detail!: string;
}
