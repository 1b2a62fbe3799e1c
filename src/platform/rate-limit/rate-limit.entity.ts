import { Column, Entity, PrimaryColumn } from 'typeorm';

/** How much of one limit is used up; a row that has drained means nothing and is removed. */
@Entity('rate_limits')
export class RateLimitEntity {
  /** The name of the limit, and a SHA-256 of what it counts by. */
  @PrimaryColumn({ type: 'text' })
  key!: string;

  /** When everything that was counted is forgotten. */
  @Column({ type: 'text', name: 'drained_at' })
  drainedAt!: string;
}
