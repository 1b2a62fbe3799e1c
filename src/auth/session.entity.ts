import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One log-in and all the refresh tokens that came of it. */
@Entity('sessions')
export class SessionEntity {
  /** `ses_…` */
  @PrimaryColumn({ type: 'text' })
  id!: string;

  @Column({ type: 'text', name: 'user_id' })
  userId!: string;

  @Column({ type: 'text', name: 'created_at' })
  createdAt!: string;

  @Column({ type: 'text', name: 'last_used_at' })
  lastUsedAt!: string;

  @Column({ type: 'text', name: 'expires_at' })
  expiresAt!: string;

  /** When it was logged out or revoked. */
  @Column({ type: 'text', name: 'ended_at', nullable: true })
  endedAt!: string | null;

  /** What the program that used it last calls itself. */
  @Column({ type: 'text', name: 'user_agent', nullable: true })
  userAgent!: string | null;

  /** Where it was used from last. */
  @Column({ type: 'text', nullable: true })
  address!: string | null;
}
