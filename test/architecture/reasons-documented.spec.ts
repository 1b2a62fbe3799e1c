import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

// Every reason of a condition or an Event has its line in docs/operations.md. Reasons are words of
// one form, wherever they stand, so every word of that form is one unless it is named here.

const PAGE = 'docs/operations.md';
const SOURCES = [
  'src/reconciliation/**/*.ts',
  'src/agents/agent-resource.rules.ts',
  'src/agents/agent-references.service.ts',
  'src/tenants/tenant-adoption.service.ts',
];

/** Words of that form that are no reasons. */
const OTHERS = new Set(
  [
    // Kinds, and columns of their tables.
    'Agent CustomResourceDefinition Deployment LimitRange Namespace NetworkPolicy NexusAgent NexusTenant Pod',
    'ResourceQuota Secret Service ServiceAccount ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding',
    'Ack Age Agents Endpoint Node Phase Synced',
    // Types and statuses of conditions, types of Events, phases.
    'Degraded Ready Reconciling Stalled PodScheduled Progressing False True Unknown Normal Warning',
    'Deleting Deploying Error Failed Pending Provisioning Running Stopped Terminating',
    // Values of fields.
    'Always Cluster ClusterFirst ClusterIP Container Deny Egress Fail File Ingress Namespaced None Opaque',
    'Recreate RuntimeDefault',
    // What a container waits for, which is told as ImagePullBackOff, and the name of an error.
    'ErrImagePull DriverRefusal',
  ].flatMap((line) => line.split(' ')),
);

/** The reasons in a source. */
function reasonsIn(source: string): string[] {
  const code = source.replace(/^\s*(\/\/|\*|\/\*).*$/gm, '');
  const literals = [...code.matchAll(/'([A-Z]+[a-z]\w*)'/g)].map(([, word = '']) => word);
  return literals.filter((word) => !OTHERS.has(word));
}

const inCode = new Set(
  globSync(SOURCES)
    .filter((file) => !file.endsWith('.spec.ts'))
    .flatMap((file) => reasonsIn(readFileSync(file, 'utf8'))),
);
const page = readFileSync(PAGE, 'utf8');
const tables = page.slice(page.indexOf('## Conditions of tenants'), page.indexOf('## Metrics'));
const onPage = new Set(
  [...tables.matchAll(/^\| ((?:`\w+`(?:, )?)+) +\|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, word = '']) => word),
  ),
);

describe('the reasons of conditions and Events', () => {
  it('are told from other words', () => {
    const source = "// 'InAComment'\nreason: 'SomethingNew', kind: 'Namespace', how: 'text'";
    expect(reasonsIn(source)).toEqual(['SomethingNew']);
  });

  it(`are all in ${PAGE}`, () => {
    expect([...inCode].filter((reason) => !onPage.has(reason)).sort()).toEqual([]);
  });

  it('are no others than those of the code', () => {
    expect([...onPage].filter((reason) => !inCode.has(reason)).sort()).toEqual([]);
  });
});
