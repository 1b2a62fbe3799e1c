import type { AppliedObject } from './applied-object.js';
import {
  GROUP,
  MANAGED_BY,
  MANAGED_BY_LABEL,
  MANAGED_LABEL,
  PROTECTED_LABEL,
  VERSION,
} from './resource-names.js';

// Policies that the API server itself enforces, without a webhook of ours being up. There is none
// on agents: a namespace whose agents cannot be deleted would hang in Terminating.

/** What the API server fills in: written out, so that the rule is the same when it is applied again. */
const scope = '*';
const TENANTS = { apiGroups: [GROUP], apiVersions: [VERSION], resources: ['nexustenants'], scope };
const NAMESPACES = { apiGroups: [''], apiVersions: ['v1'], resources: ['namespaces'], scope };

interface Policy {
  name: string;
  operations: readonly string[];
  on: typeof TENANTS | typeof NAMESPACES;
  /** Only objects with these labels. */
  labels?: Readonly<Record<string, string>>;
  /** CEL; what does not hold is denied with `message`. */
  expression: string;
  message: string;
}

const POLICIES: readonly Policy[] = [
  {
    name: `tenant-names.${GROUP}`,
    operations: ['CREATE'],
    on: TENANTS,
    // The control plane is where its tenants are, so its namespace needs no setting here.
    expression: `object.metadata.name != 'default' &&
!object.metadata.name.startsWith('kube-') &&
object.metadata.name != request.namespace`,
    message:
      "a tenant cannot be called default, kube-… or like the control plane's namespace: its name is also the name of its own namespace",
  },
  {
    name: `tenant-protection.${GROUP}`,
    operations: ['DELETE'],
    on: TENANTS,
    // In a namespace that is going, a refusal would save nothing and keep it from ending.
    expression: `!(has(oldObject.spec.deletionProtection) && oldObject.spec.deletionProtection) ||
has(namespaceObject.metadata.deletionTimestamp)`,
    message: 'the tenant is protected; set spec.deletionProtection to false first',
  },
  {
    name: `namespace-protection.${GROUP}`,
    operations: ['DELETE'],
    on: NAMESPACES,
    labels: { [MANAGED_LABEL]: 'true', [PROTECTED_LABEL]: 'true' },
    expression: 'false',
    message:
      'the namespace belongs to a protected tenant; set spec.deletionProtection of its NexusTenant to false first',
  },
];

/** The policies, each with its binding, in the order in which they are applied. */
export function admissionPolicies(): AppliedObject[] {
  return POLICIES.flatMap((policy) => [policyOf(policy), bindingOf(policy)]);
}

function policyOf({ name, operations, on, labels, expression, message }: Policy): AppliedObject {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name, labels: { [MANAGED_BY_LABEL]: MANAGED_BY } },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        resourceRules: [{ ...on, operations }],
        ...(labels === undefined ? {} : { objectSelector: { matchLabels: labels } }),
      },
      validations: [{ expression, message, reason: 'Forbidden' }],
    },
  };
}

function bindingOf({ name }: Policy): AppliedObject {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name, labels: { [MANAGED_BY_LABEL]: MANAGED_BY } },
    spec: { policyName: name, validationActions: ['Deny'] },
  };
}
