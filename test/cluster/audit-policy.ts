/**
 * Who asked what, and what the answer was, of everything; bodies of nothing. A request is written
 * down once, when its answer is complete, and a watch also when it begins.
 */
export const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata', omitManagedFields: true }],
};
