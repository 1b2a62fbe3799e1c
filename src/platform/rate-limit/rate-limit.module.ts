import { Global, Module } from '@nestjs/common';
import { RateLimitsRepository } from './rate-limits.repository.js';
import { RateLimits } from './rate-limits.service.js';

/** Limits on how often something may be tried, for every part. */
@Global()
@Module({ providers: [RateLimitsRepository, RateLimits], exports: [RateLimits] })
export class RateLimitModule {}
