import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A refresh token: good for one use. */
@Entity('refresh_tokens')
export class RefreshTokenEntity {
  /** SHA-256 in hexadecimal. */
  @PrimaryColumn({ type: 'text' })
  hash!: string;

  @Column({ type: 'text', name: 'session_id' })
  sessionId!: string;

  @Column({ type: 'text', name: 'created_at' })
  createdAt!: string;

  @Column({ type: 'text', name: 'used_at', nullable: true })
  usedAt!: string | null;
}
