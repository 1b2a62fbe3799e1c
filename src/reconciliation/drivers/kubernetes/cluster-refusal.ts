import {
  isForbidden,
  isInvalid,
  isNamespaceTerminating,
  isQuotaRefusal,
  isTransient,
  KubernetesError,
} from '../../../platform/kubernetes/kubernetes.errors.js';
import { DriverRefusal } from '../driver.js';

/** How soon something is tried again that somebody has to allow first. */
const RETRY_MS = 30_000;

/** Words of the API server that tell why it forbids something, and what that is called. */
const FORBIDDEN: readonly (readonly [RegExp, string])[] = [
  [/violates PodSecurity/, 'PodSecurityViolation'],
  [/(maximum|minimum) .* usage per|limit to request ratio per/, 'LimitRangeExceeded'],
  [/ValidatingAdmissionPolicy|admission webhook|denied the request/, 'AdmissionDenied'],
];

/**
 * What a failed request means: a `DriverRefusal` when only a change of the cluster helps, else the
 * error as it is, which is transient.
 *
 * @param what was asked for, for example `apply ResourceQuota nexus-quota`
 */
export function refusalOf(error: unknown, what: string): unknown {
  if (!(error instanceof KubernetesError)) return error;
  if (isTransient(error) || isNamespaceTerminating(error)) return error;
  const reason = reasonOf(error);
  if (reason === undefined) return error;
  const message = `The cluster refuses to ${what}: ${error.message}`;
  return new DriverRefusal(reason, message, RETRY_MS, error);
}

/** Names why an API server, or a controller in its words, forbids something. */
export function forbiddenReason(message: string): string | undefined {
  if (/exceeded quota:/.test(message)) return 'QuotaExceeded';
  return FORBIDDEN.find(([words]) => words.test(message))?.[1];
}

function reasonOf(error: KubernetesError): string | undefined {
  if (isQuotaRefusal(error)) return 'QuotaExceeded';
  if (isForbidden(error)) return forbiddenReason(error.message) ?? 'Forbidden';
  // Policies of admission say `Invalid` unless they were told another reason.
  return isInvalid(error) ? (forbiddenReason(error.message) ?? 'Invalid') : undefined;
}
