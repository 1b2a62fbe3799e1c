import { Module } from '@nestjs/common';
import { RetentionSchedule } from './retention-schedule.js';

@Module({ providers: [RetentionSchedule] })
export class RetentionModule {}
