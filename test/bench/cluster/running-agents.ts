/** Which agents run by what their resources say, as `kubectl` shows it. */
import { API_VERSION } from '../../../src/reconciliation/resources/resource-names.js';
import type { ApiClient } from '../../cluster/api-client.js';
import type { KubeObject } from '../../cluster/kube-objects.types.js';
import { Mirror } from '../../cluster/mirror.js';

interface Agent extends KubeObject {
  status?: { phase?: string };
}

/** Watches them until it is stopped. */
export class RunningAgents {
  private readonly uids = new Set<string>();
  private readonly mirror: Mirror<Agent>;

  private constructor(api: ApiClient) {
    this.mirror = new Mirror<Agent>(api, `/apis/${API_VERSION}/nexusagents`, (agent, gone) =>
      this.see(agent, gone),
    );
  }

  static async watch(api: ApiClient): Promise<RunningAgents> {
    const agents = new RunningAgents(api);
    await agents.mirror.ready;
    return agents;
  }

  get count(): number {
    return this.uids.size;
  }

  stop(): Promise<void> {
    return this.mirror.stop();
  }

  private see({ metadata: { uid }, status }: Agent, gone: boolean): void {
    if (!gone && status?.phase === 'Running') this.uids.add(uid);
    else this.uids.delete(uid);
  }
}
