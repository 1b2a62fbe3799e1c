import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { Secrets } from '../config/secrets.js';
import { Clock } from './clock/clock.js';
import { ControllerObserver } from './controller/controller-observer.js';
import { Sealer } from './crypto/sealer.js';
import { Lease } from './database/lease.js';
import { WakeChannel } from './events/wake-channel.js';
import { KnownRoutes } from './http/known-routes.js';
import { IntegrityChecks } from './integrity/integrity-checks.js';
import { Logger } from './logging/logger.js';
import { Metrics } from './metrics/metrics.js';
import { Retention } from './retention/retention.js';

/** What is made before the application, because it outlives it or is needed to make it. */
export interface PlatformParts {
  clock: Clock;
  logger: Logger;
  routes: KnownRoutes;
  wakes: WakeChannel;
  lease: Lease;
  metrics: Metrics;
}

/** Gives out the parts of the platform that every feature may use. */
@Module({})
export class PlatformModule {
  static forRoot({ clock, logger, routes, wakes, lease, metrics }: PlatformParts): DynamicModule {
    const providers: Provider[] = [
      IntegrityChecks,
      Retention,
      { provide: Clock, useValue: clock },
      { provide: Logger, useValue: logger },
      { provide: KnownRoutes, useValue: routes },
      { provide: WakeChannel, useValue: wakes },
      { provide: Lease, useValue: lease },
      {
        provide: Sealer,
        inject: [Secrets],
        useFactory: ({ encryptionKey, encryptionKeyPrevious }: Secrets) =>
          new Sealer(encryptionKey, encryptionKeyPrevious),
      },
      { provide: Metrics, useValue: metrics },
      { provide: ControllerObserver, useFactory: () => metrics.controllers },
    ];
    return { module: PlatformModule, global: true, providers, exports: providers };
  }
}
