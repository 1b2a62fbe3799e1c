// Where each manifest below `samples/bad` is refused. A manifest has one fault.

/** What becomes of a manifest. */
export type Refusal =
  /** The API server's answer, which names the field or the rule. */
  | { readonly by: 'api-server'; readonly code: 422 | 403 | 500; readonly message: RegExp }
  /** It is accepted, and a condition says what is wrong. */
  | {
      readonly by: 'status';
      readonly type: 'Ready' | 'Stalled';
      readonly status: 'True' | 'False';
      readonly reason: string;
    };

const field = (path: string, text: string): Refusal => ({
  by: 'api-server',
  code: 422,
  message: new RegExp(`${path.replaceAll('.', String.raw`\.`)}.*${text}`),
});
/** A value of another type never gets as far as a check: server-side apply cannot read it. */
const unread = (path: string): Refusal => ({
  by: 'api-server',
  code: 500,
  message: new RegExp(`${path.replaceAll('.', String.raw`\.`)}: expected map`),
});
const policy = (text: string): Refusal => ({
  by: 'api-server',
  code: 403,
  message: new RegExp(`ValidatingAdmissionPolicy.*${text}`),
});
const stalled = (reason: string): Refusal => ({
  by: 'status',
  type: 'Stalled',
  status: 'True',
  reason,
});

const NO_KEY = 'api_key must not be in the spec';

/** By the name of the file, without its ending. */
export const BAD_MANIFESTS: Readonly<Record<string, Refusal>> = {
  'agent-name': field('spec.agentSpec.metadata.name', 'should match'),
  'agent-kind': field('spec.agentSpec.kind', 'supported values: "Agent"'),
  'agent-api-version': field('spec.agentSpec.apiVersion', 'supported values: "astromesh/v1"'),
  'agent-spec-missing': field('spec.agentSpec.spec', 'Required value'),
  'agent-api-key': field('spec.agentSpec.spec.model.primary', NO_KEY),
  'agent-api-key-fallback': field('spec.agentSpec.spec.model.fallback', NO_KEY),
  'agent-model-text': unread('spec.agentSpec.spec.model'),
  'agent-primary-list': unread('spec.agentSpec.spec.model.primary'),
  'agent-fallback-text': unread('spec.agentSpec.spec.model.fallback'),
  'agent-name-differs': field('', 'must be the name of the resource'),
  'agent-reference-missing': {
    by: 'status',
    type: 'Ready',
    status: 'False',
    reason: 'ReferenceMissing',
  },
  'agent-key-elsewhere': stalled('InlineSecret'),
  'agent-cycle': stalled('ReferenceCycle'),
  'tenant-name': field('metadata.name', 'should match'),
  'tenant-display-name': field('spec.displayName', 'should match'),
  'tenant-profile': field('spec.nodeProfile', 'supported values: "full"'),
  'tenant-cpu': field('spec.resourceQuota.cpu', 'should match'),
  'tenant-memory': field('spec.resourceQuota.memory', 'must be a quantity above zero'),
  'tenant-max-agents': field('spec.resourceQuota.maxAgents', 'less than or equal to 100000'),
  'tenant-node-version': field('spec.nodeVersion', 'should match'),
  'tenant-called-default': policy('a tenant cannot be called'),
  'tenant-called-kube': policy('a tenant cannot be called'),
  'tenant-called-like-us': policy('a tenant cannot be called'),
};

/** The documents of `samples/agents/bad-agents.yaml`, in their order, by the manifest of each. */
export const TWINS = [
  'agent-name',
  'agent-kind',
  'agent-api-version',
  'agent-spec-missing',
  'agent-api-key',
  'agent-reference-missing',
] as const;
