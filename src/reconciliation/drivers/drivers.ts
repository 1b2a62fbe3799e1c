import { Injectable } from '@nestjs/common';
import type { TenantRecord } from '../../tenants/tenant-sync.service.js';
import { Driver } from './driver.js';

/** Finds the driver that a tenant's node runs through. */
@Injectable()
export class Drivers {
  constructor(private readonly only: Driver) {}

  /** Every tenant lives in the one place at hand; `clusterId` will name others. */
  for(_tenant: Pick<TenantRecord, 'clusterId'>): Driver {
    return this.only;
  }

  all(): Driver[] {
    return [this.only];
  }
}
