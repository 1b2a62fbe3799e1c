import { stringify } from 'yaml';
import type { AppliedObject } from './applied-object.js';
import { admissionPolicies } from './admission-policies.js';
import { customResourceDefinition } from './custom-resource.js';
import { NEXUS_AGENT, NEXUS_TENANT } from './custom-resources.js';

/** The files below `crds/`, by name, with the objects that each holds. */
export function definitionFiles(): Record<string, AppliedObject[]> {
  return {
    'nexusagents.yaml': [customResourceDefinition(NEXUS_AGENT)],
    'nexustenants.yaml': [customResourceDefinition(NEXUS_TENANT)],
    'admission-policies.yaml': admissionPolicies(),
  };
}

/** The text of one such file. */
export function definitionText(objects: readonly AppliedObject[]): string {
  const documents = objects.map((object) => stringify(object, { lineWidth: 100 }));
  return [
    '# Made from the sources by `npm run generate`; do not edit.\n',
    documents.join('---\n'),
  ].join('');
}
