import type { z } from 'zod';
import type { AppliedObject } from './applied-object.js';
import { GROUP, MANAGED_BY, MANAGED_BY_LABEL, VERSION } from './resource-names.js';
import { type Rule, rules, structuralSchema } from './structural-schema.js';

/** A column of `kubectl get`; one of priority 1 is shown with `-o wide`. */
export interface Column {
  name: string;
  type: 'string' | 'integer' | 'boolean' | 'date';
  jsonPath: string;
  description?: string;
  priority?: number;
}

/** One kind of resource of ours. */
export interface CustomResource {
  kind: string;
  plural: string;
  singular: string;
  shortNames: readonly string[];
  description: string;
  spec: z.ZodType;
  status: z.ZodType;
  /** What is beyond the schemas: may read `metadata.name` and the whole spec. */
  rules: readonly Rule[];
  columns: readonly Column[];
}

export const READY_COLUMN: Column = {
  name: 'Ready',
  type: 'string',
  jsonPath: '.status.conditions[?(@.type=="Ready")].status',
};
export const AGE_COLUMN: Column = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
};

/** A name that is also good for a namespace, a label and a host name. */
const NAME = { type: 'string', maxLength: 63, pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$' };

/** The definition of a kind, as a cluster is told of it. */
export function customResourceDefinition(resource: CustomResource): AppliedObject {
  const { kind, plural, singular, shortNames } = resource;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${GROUP}`, labels: { [MANAGED_BY_LABEL]: MANAGED_BY } },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: { kind, listKind: `${kind}List`, plural, singular, shortNames, categories: ['nexus'] },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: resource.columns,
          schema: { openAPIV3Schema: rootSchema(resource) },
        },
      ],
    },
  };
}

function rootSchema({ description, spec, status, rules: all }: CustomResource) {
  return {
    type: 'object',
    description,
    required: ['metadata', 'spec'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object', properties: { name: NAME } },
      spec: structuralSchema(spec),
      status: structuralSchema(status),
    },
    ...(all.length > 0 ? rules(...all) : {}),
  };
}
