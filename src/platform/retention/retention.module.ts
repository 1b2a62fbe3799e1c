import { Module } from '@nestjs/common';
import { RetentionSchedule } from './retention-schedule.js';

/** Removes what is past its time. */
@Module({ providers: [RetentionSchedule] })
export class RetentionModule {}
