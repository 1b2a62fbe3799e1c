// `values.schema.json`: what each value may be. Nothing that it does not name is let through.

import { settingSchemas } from './settings.mjs';

const DNS_NAME = '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$';
const QUANTITY = '^\\d+(\\.\\d+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$';

const map = (properties) => ({ type: 'object', properties, additionalProperties: false });
const list = (items) => ({ type: 'array', items });
const text = { type: 'string' };
const flag = { type: 'boolean' };
const texts = { type: 'object', additionalProperties: text };
/** What Kubernetes itself describes; the API server says what is wrong with it. */
const asInKubernetes = { type: 'object' };
const required = { type: 'string', minLength: 1 };
/** The name of an object, and 63 characters at most where it becomes a label. */
const name = { type: 'string', pattern: DNS_NAME, maxLength: 253 };
const nameOrEmpty = { type: 'string', pattern: `${DNS_NAME}|^$`, maxLength: 253 };
const oneOf = (...words) => ({ type: 'string', enum: words });
const whole = (minimum, maximum) => ({ type: 'integer', minimum, maximum });
const quantity = { type: ['string', 'integer'], pattern: QUANTITY };
const amounts = { type: 'object', additionalProperties: quantity };

/** By path, without the settings. */
const VALUES = () => ({
  image: map({
    repository: required,
    tag: { type: 'string', pattern: '^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$|^$' },
    digest: { type: 'string', pattern: '^sha256:[0-9a-f]{64}$|^$' },
    pullPolicy: oneOf('IfNotPresent', 'Always', 'Never'),
    pullSecrets: list(name),
  }),
  fullnameOverride: { type: 'string', pattern: '^[a-z]([-a-z0-9]*[a-z0-9])?$', maxLength: 50 },
  replicas: { type: ['integer', 'null'], minimum: 0, maximum: 100 },
  maintenance: flag,
  database: map({
    type: oneOf('sqlite', 'postgres'),
    existingSecret: nameOrEmpty,
    existingSecretKey: required,
    migrateFirst: flag,
    migrateSeconds: whole(1, 86_400),
  }),
  persistence: map({ size: quantity, storageClass: nameOrEmpty, existingClaim: nameOrEmpty }),
  secrets: map({ existingSecret: nameOrEmpty }),
  settings: map(settingSchemas()),
  extraEnv: list({ ...asInKubernetes, required: ['name'] }),
  extraVolumes: list({ ...asInKubernetes, required: ['name'] }),
  extraVolumeMounts: list({ ...asInKubernetes, required: ['name', 'mountPath'] }),
  serviceAccount: map({ annotations: texts }),
  rbac: map({ create: flag, people: flag }),
  crds: map({ install: flag }),
  service: map({
    type: oneOf('ClusterIP', 'NodePort', 'LoadBalancer'),
    port: whole(1, 65_535),
    annotations: texts,
  }),
  ingress: map({
    enabled: flag,
    className: nameOrEmpty,
    annotations: texts,
    hosts: list({ type: 'string', pattern: '^(\\*\\.)?[a-z0-9]([-a-z0-9.]*[a-z0-9])?$' }),
    tls: list(map({ hosts: list(text), secretName: text })),
  }),
  gateway: map({
    enabled: flag,
    parentRefs: list({ ...asInKubernetes, required: ['name'] }),
    hostnames: list(required),
  }),
  networkPolicy: map({ enabled: flag, metricsFrom: list(asInKubernetes) }),
  metrics: map({
    serviceMonitor: map({
      enabled: flag,
      interval: { type: 'string', pattern: '^\\d+(ms|s|m|h)$' },
      labels: texts,
    }),
    dashboard: map({ enabled: flag, labels: texts }),
  }),
  podDisruptionBudget: map({ enabled: flag }),
  topologySpread: map({ enabled: flag }),
  resources: map({ requests: amounts, limits: amounts }),
  user: whole(1, 2_147_483_647),
  terminationGracePeriodSeconds: whole(0, 3600),
  podAnnotations: texts,
  podLabels: texts,
  nodeSelector: texts,
  tolerations: list(asInKubernetes),
  affinity: asInKubernetes,
  priorityClassName: nameOrEmpty,
  // What Helm itself hands to a chart that is part of another one.
  global: asInKubernetes,
});

/**
 * The JSON schema of the chart's values.
 *
 * @param values as of `documentedValues`: their meanings become descriptions
 * @throws Error naming a value that the schema does not know
 */
export function valuesSchema(values) {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of the chart of Nexus',
    // By way of text, for a structured clone keeps shared what several values share.
    ...JSON.parse(JSON.stringify(map(VALUES()))),
  };
  for (const { path, meaning } of values) describe(schema, path, meaning);
  return schema;
}

function describe(schema, path, meaning) {
  let at = schema;
  for (const part of path.split('.')) at = at?.properties?.[part];
  if (at === undefined) throw new Error(`The schema of the values knows no ${path}`);
  at.description = meaning;
}
