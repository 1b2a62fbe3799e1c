import { Column, Entity, PrimaryColumn } from 'typeorm';

/** An API key of a tenant, or of the installation. */
@Entity('api_keys')
export class ApiKeyEntity {
  /** SHA-256 of the key in hexadecimal; also its name in the API. */
  @PrimaryColumn({ type: 'text' })
  hash!: string;

  /** The first characters of the key. */
  @Column({ type: 'text' })
  prefix!: string;

  /** Null for an admin-scope key. */
  @Column({ type: 'text', name: 'tenant_id', nullable: true })
  tenantId!: string | null;

  /** JSON array of permissions. */
  @Column({ type: 'text' })
  scopes!: string;

  @Column({ type: 'text' })
  label!: string;

  @Column({ type: 'text', name: 'created_by' })
  createdBy!: string;

  @Column({ type: 'text', name: 'created_at' })
  createdAt!: string;

  @Column({ type: 'text', name: 'expires_at', nullable: true })
  expiresAt!: string | null;

  @Column({ type: 'text', name: 'last_used_at', nullable: true })
  lastUsedAt!: string | null;

  @Column({ type: 'text', name: 'revoked_at', nullable: true })
  revokedAt!: string | null;
}
