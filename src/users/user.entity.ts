import { Column, Entity, PrimaryColumn } from 'typeorm';

/** An account of a person. */
@Entity('users')
export class UserEntity {
  /** `usr_…` */
  @PrimaryColumn({ type: 'text' })
  id!: string;

  /** In lower case. */
  @Column({ type: 'text' })
  email!: string;

  @Column({ type: 'text', name: 'display_name' })
  displayName!: string;

  /** argon2id, in the PHC string format. */
  @Column({ type: 'text', name: 'password_hash' })
  passwordHash!: string;

  /** `admin` of the whole installation, or `user`. */
  @Column({ type: 'text' })
  role!: string;

  @Column({ type: 'boolean' })
  disabled!: boolean;

  @Column({ type: 'text', name: 'created_at' })
  createdAt!: string;

  @Column({ type: 'text', name: 'updated_at' })
  updatedAt!: string;
}
