import type { NodeEndpoint, NodeLogLine } from '../../nodes/node-access.js';
import { Driver, type NodeSight } from './driver.js';

/** Runs no nodes: the API alone is served, and what is wanted waits. */
export class NoDriver extends Driver {
  override readonly name = 'none';

  override async open(): Promise<void> {}

  override async close(): Promise<void> {}

  override async observe(): Promise<NodeSight> {
    throw new Error('Nothing is reconciled without a driver');
  }

  override async apply(): Promise<void> {
    throw new Error('Nothing is reconciled without a driver');
  }

  override async endpointOf(): Promise<NodeEndpoint | undefined> {
    return undefined;
  }

  override async logLines(): Promise<NodeLogLine[]> {
    return [];
  }

  override async check(): Promise<string> {
    return 'ok';
  }
}
