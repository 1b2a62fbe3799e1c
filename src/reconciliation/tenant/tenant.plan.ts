import type { ConditionState } from '../../platform/controller/conditions.js';
import type { TenantRecord } from '../../tenants/tenant-sync.service.js';
import type { TenantPhase } from '../../tenants/tenants.schemas.js';
import {
  DriverRefusal,
  type NodeOperation,
  type NodeSight,
  type NodeTrouble,
} from '../drivers/driver.js';

/** Shallow checks that may fail in a row before a node counts as hung and is restarted. */
export const HUNG_AFTER_CHECKS = 3;

/** So many names of variables are told; the owner can list the others. */
const NAMES_TOLD = 5;
const START_POLL_MS = 100;
const FAILED_CHECK_RETRY_MS = 2_000;

/** The outcome of the last shallow check of a running node. */
export type CheckOutcome =
  | { readonly ok: true; readonly version: string | null }
  | { readonly ok: false; readonly failures: number; readonly reason: string };

/** What to do about a tenant, and what to say of it. */
export interface TenantPlan {
  operations: NodeOperation[];
  phase: TenantPhase;
  ready: boolean;
  conditions: ConditionState[];
  /** Look again after so long; undefined when only a wake matters. */
  nextMs: number | undefined;
}

/** What else a plan rests on. */
export interface PlanFacts {
  /** Until the next shallow check. */
  readonly resyncMs: number;
  /** Names of variables whose value cannot be opened. */
  readonly unreadable: readonly string[];
}

/**
 * Decides about a tenant that is not being deleted. Pure. Without all of its variables no node is
 * started; one that runs is left alone, for it would not come back.
 *
 * @param check of a running node; undefined otherwise
 */
export function planTenant(
  tenant: TenantRecord,
  sight: NodeSight,
  check: CheckOutcome | undefined,
  { resyncMs, unreadable }: PlanFacts,
): TenantPlan {
  const say = speaker(tenant, unreadable);
  const { trouble } = sight;
  if (trouble !== undefined && trouble.class !== 'noted') return say.troubled(trouble);
  if (tenant.suspend) return say.suspended(sight);
  if (isDown(sight) || !sight.current) {
    if (unreadable.length > 0) return say.stalled();
    return isDown(sight) ? say.stopped(sight) : say.outdated();
  }
  return repairing(sight, planRunning(say, sight, check, resyncMs));
}

/** About a node that is up, or on its way there. */
function planRunning(
  say: ReturnType<typeof speaker>,
  sight: NodeSight,
  check: CheckOutcome | undefined,
  resyncMs: number,
): TenantPlan {
  if (sight.state === 'starting' || check === undefined) return say.starting(sight);
  return check.ok ? say.ready(sight, resyncMs) : say.silent(check, sight);
}

/** What is not as it is wanted is put right first; the node may go on meanwhile. */
function repairing({ drift = [] }: NodeSight, plan: TenantPlan): TenantPlan {
  if (drift.length === 0) return plan;
  return { ...plan, operations: [{ kind: 'repair', fields: drift }, ...plan.operations] };
}

function isDown({ state }: NodeSight): boolean {
  return state === 'absent' || state === 'stopped';
}

/** What to say of a tenant whose node could not be started or stopped; it is tried again. */
export function failedPlan(tenant: TenantRecord, error: unknown): TenantPlan {
  if (error instanceof DriverRefusal) return refusedPlan(tenant, error);
  return speaker(tenant, []).failed(error instanceof Error ? error.message : String(error));
}

function refusedPlan(
  tenant: TenantRecord,
  { reason, message, retryMs }: DriverRefusal,
): TenantPlan {
  return speaker(tenant, []).troubled({ reason, message, class: 'stalled', afterMs: retryMs });
}

/** What to say of a tenant that is being taken down, and is not gone yet. */
export function deletingPlan(tenant: TenantRecord, trouble: NodeTrouble): TenantPlan {
  return { ...speaker(tenant, []).troubled(trouble), phase: 'Deleting' };
}

function speaker({ generation }: TenantRecord, unreadable: readonly string[]) {
  const condition = (type: string, status: 'True' | 'False', reason: string, message: string) => ({
    type,
    status,
    reason,
    message,
    observedGeneration: generation,
  });
  const notReady = (reason: string, message: string): ConditionState[] => [
    condition('Ready', 'False', reason, message),
    condition('Reconciling', 'True', reason, message),
  ];
  const reason = 'VariablesUnreadable';
  const stalled: ConditionState[] =
    unreadable.length === 0
      ? []
      : [condition('Stalled', 'True', reason, unreadableText(unreadable))];
  return {
    stalled: (): TenantPlan => ({
      operations: [],
      phase: 'Error',
      ready: false,
      conditions: [condition('Ready', 'False', reason, unreadableText(unreadable)), ...stalled],
      nextMs: undefined,
    }),
    troubled: ({ reason, message, class: kind, afterMs }: NodeTrouble): TenantPlan => ({
      operations: [],
      phase: kind === 'stalled' ? 'Error' : 'Provisioning',
      ready: false,
      conditions: [
        ...(kind === 'stalled'
          ? [
              condition('Ready', 'False', reason, message),
              condition('Stalled', 'True', reason, message),
            ]
          : notReady(reason, message)),
      ],
      nextMs: afterMs,
    }),
    suspended: ({ state, drift = [] }: NodeSight): TenantPlan => ({
      operations: [
        ...(drift.length > 0 ? [{ kind: 'repair' as const, fields: drift }] : []),
        ...(state === 'running' || state === 'starting'
          ? [{ kind: 'stop' as const, reason: 'the tenant is suspended' }]
          : []),
      ],
      phase: 'Suspended',
      ready: false,
      conditions: [condition('Ready', 'False', 'Suspended', 'The tenant is suspended.')],
      nextMs: undefined,
    }),
    stopped: ({ restartInMs, lastExit, state }: NodeSight): TenantPlan => {
      if (restartInMs > 0) {
        return {
          operations: [],
          phase: 'Error',
          ready: false,
          conditions: notReady(
            'NodeKeepsEnding',
            `The node ${lastExit}; it is started again soon.`,
          ),
          nextMs: restartInMs,
        };
      }
      const reason = lastExit ?? (state === 'absent' ? 'it is new' : 'it was stopped');
      return {
        operations: [{ kind: 'start', reason }],
        phase: 'Provisioning',
        ready: false,
        conditions: notReady('NodeStarting', 'The node is being started.'),
        nextMs: START_POLL_MS,
      };
    },
    outdated: (): TenantPlan => ({
      operations: [{ kind: 'stop', reason: 'its settings changed' }],
      phase: 'Provisioning',
      ready: false,
      conditions: notReady('NodeRestarting', 'The node is restarted with new settings.'),
      nextMs: 0,
    }),
    failed: (reason: string): TenantPlan => ({
      operations: [],
      phase: 'Error',
      ready: false,
      conditions: notReady('NodeOperationFailed', `It is tried again: ${reason}`),
      nextMs: undefined,
    }),
    starting: ({ lastExit, trouble, healsItself, pollMs }: NodeSight): TenantPlan => ({
      operations: [],
      phase: lastExit === undefined && trouble === undefined ? 'Provisioning' : 'Error',
      ready: false,
      conditions: notReady(
        trouble?.reason ?? 'NodeStarting',
        trouble?.message ?? 'The node was started and does not answer yet.',
      ),
      nextMs: healsItself === true ? (pollMs ?? trouble?.afterMs) : START_POLL_MS,
    }),
    ready: ({ hold, trouble }: NodeSight, resyncMs: number): TenantPlan => ({
      operations: [],
      phase: 'Ready',
      ready: true,
      conditions: [
        condition('Ready', 'True', 'NodeReady', 'The node answers.'),
        ...[hold, trouble]
          .filter((one) => one !== undefined)
          .slice(0, 1)
          .map((one) => condition('Reconciling', 'True', one.reason, one.message)),
        ...stalled,
      ],
      nextMs: Math.min(resyncMs, trouble?.afterMs ?? resyncMs),
    }),
    silent: (
      { failures, reason }: Extract<CheckOutcome, { ok: false }>,
      { healsItself }: NodeSight,
    ): TenantPlan => {
      const isHung = failures >= HUNG_AFTER_CHECKS && healsItself !== true;
      return {
        operations: isHung ? [{ kind: 'stop', reason: 'it does not answer' }] : [],
        phase: 'Error',
        ready: false,
        conditions: notReady('NodeNotAnswering', `The node does not answer: ${reason}.`),
        nextMs: isHung ? 0 : FAILED_CHECK_RETRY_MS,
      };
    },
  };
}

function unreadableText(names: readonly string[]): string {
  const more = names.length > NAMES_TOLD ? ` and ${names.length - NAMES_TOLD} more` : '';
  const told = names.slice(0, NAMES_TOLD).join(', ');
  return `No key at hand opens the variables ${told}${more}: set or delete them, or have an admin give the key before as NEXUS_ENCRYPTION_KEY_PREVIOUS.`;
}
