import type { Clock } from '../../platform/clock/clock.js';
import type { EventRecorder } from '../../platform/kubernetes/event-recorder.js';
import { keyOf } from '../../platform/kubernetes/kubernetes-object.js';
import type { AppliedObject } from '../resources/applied-object.js';
import type { NexusAgent } from '../resources/nexus-agent.schemas.js';
import type { NexusTenant } from '../resources/nexus-tenant.schemas.js';
import { troublesIn, type ToldStatus } from './condition-news.js';
import { Contest } from './contest.js';
import type { Kept } from './kept-resource.js';
import type { DoorNotice } from './resource-status.js';
import { isNews } from './resource-status.js';
import {
  type Drift,
  planResource,
  type ResourceOperation,
  withoutFields,
} from './resource.plan.js';
import type { ResourceWrites } from './resource-writes.js';
import { withoutSpec } from './wanted-resource.js';

/** A resource that was brought to what is wanted. */
export interface KeptUp<T extends NexusTenant | NexusAgent> {
  live: Kept<T>;
  /** What could not be done. */
  notice: DoorNotice | undefined;
}

/** Brings resources of one kind to what the record wants, and tells of it. */
export class ResourceKeeper<T extends NexusTenant | NexusAgent> {
  private readonly contest = new Contest();

  constructor(
    readonly writes: ResourceWrites<T>,
    private readonly events: Pick<EventRecorder, 'record'>,
    private readonly clock: Clock,
  ) {}

  /** Makes a resource that is missing. */
  async make(wanted: AppliedObject, origin: string): Promise<Kept<T>> {
    const made = await this.writes.apply(wanted as unknown as T);
    // What is another's to change must not meet a conflict with us.
    return origin === 'api' ? made : this.writes.letGo(made);
  }

  /** Writes what differs; nothing when it is in sync. */
  async keepUp(live: Kept<T>, wanted: AppliedObject, origin: string): Promise<KeptUp<T>> {
    const observed = live.status?.observedGeneration ?? 0;
    const { operations, drift } = planResource(live, wanted, origin, observed);
    if (drift !== undefined && !this.contest.mayRepair(keyOf(live), this.clock.monotonicMs())) {
      return { live, notice: contested(drift) };
    }
    let current = live;
    for (const operation of operations) current = await this.carryOut(operation, current, wanted);
    if (drift !== undefined) this.say(current, 'Warning', 'DriftRepaired', words(drift));
    return { live: current, notice: undefined };
  }

  /** Writes a status that is news; its troubles become Events, each once. */
  async tell(live: Kept<T>, status: ToldStatus, notice?: DoorNotice): Promise<void> {
    if (!isNews(live, status, notice)) return;
    await this.writes.tell(live, status);
    for (const { reason, message } of troublesIn(live.status, status)) {
      this.say(live, 'Warning', reason, message);
    }
  }

  /** Records an Event. */
  say(live: Kept<T>, type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { namespace, name, uid } = live.metadata;
    this.events.record({ kind: this.writes.kind, namespace, name, uid }, type, reason, message);
  }

  /** Forgets a resource that is gone. */
  forget(key: string): void {
    this.contest.forget(key);
  }

  private async carryOut(
    operation: ResourceOperation,
    live: Kept<T>,
    wanted: AppliedObject,
  ): Promise<Kept<T>> {
    const { uid } = live.metadata;
    switch (operation.kind) {
      case 'strip':
        return this.writes.patch(live, withoutFields(operation.pointers));
      case 'apply':
        return this.writes.apply(wanted as unknown as T, uid);
      case 'mark':
        return this.writes.apply(withoutSpec(wanted) as unknown as T, uid);
      default:
        return this.writes.letGo(live);
    }
  }
}

function words({ manager, fields }: Drift): string {
  return `"${manager}" changed ${fields.join(', ')}, and it was put back: it is changed through the API of Nexus.`;
}

function contested({ manager, fields }: Drift): DoorNotice {
  return {
    reason: 'Contested',
    message: `"${manager}" keeps changing ${fields.join(', ')}, which is changed through the API of Nexus.`,
    isUnready: false,
    isStalled: false,
    isContested: true,
  };
}
