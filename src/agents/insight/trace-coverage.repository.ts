import { Injectable } from '@nestjs/common';
import type { Source, Tx } from '../../platform/database/unit-of-work.js';
import { TraceCoverageEntity } from './trace-coverage.entity.js';

/** Since when all runs on the node of a tenant are on record. */
@Injectable()
export class TraceCoverageRepository {
  async find(source: Source, tenantId: string): Promise<string | undefined> {
    return (await source.manager.findOneBy(TraceCoverageEntity, { tenantId }))?.wholeFrom;
  }

  async set(tx: Tx, tenantId: string, wholeFrom: string): Promise<void> {
    await tx.manager.upsert(TraceCoverageEntity, { tenantId, wholeFrom }, ['tenantId']);
  }
}
