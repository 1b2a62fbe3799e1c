// JSON schemas from what Kubernetes says of its API, stricter than that: no field that is not named.

const DEFINITIONS = '_definitions.json';
const KINDS = 'x-kubernetes-group-version-kind';
/** What the API server takes in more forms than its description says. */
const WIDER = {
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': ['string', 'integer'],
  'io.k8s.apimachinery.pkg.api.resource.Quantity': ['string', 'number'],
};

/**
 * One file a kind, named as kubeconform looks for it (`deployment-apps-v1.json`), and one that they
 * all refer to.
 *
 * @param description the `swagger.json` of a version
 * @returns the schemas by the names of their files
 */
export function strictSchemas({ definitions }) {
  const strict = Object.fromEntries(
    Object.entries(definitions).map(([name, one]) => [name, strictOne(name, one)]),
  );
  const kinds = Object.entries(definitions).flatMap(([name, one]) =>
    (one[KINDS] ?? []).map((kind) => [
      fileOf(kind),
      {
        allOf: [{ $ref: `${DEFINITIONS}#/definitions/${name}` }],
        required: ['apiVersion', 'kind'],
      },
    ]),
  );
  return { [DEFINITIONS]: { definitions: strict }, ...Object.fromEntries(kinds) };
}

/** The schemas of the resources that a CustomResourceDefinition defines, by the names of their files. */
export function definitionSchema({ spec }) {
  const { group, names, versions } = spec;
  return Object.fromEntries(
    versions.map(({ name: version, schema }) => [
      fileOf({ group, version, kind: names.kind }),
      closed(schema.openAPIV3Schema, true),
    ]),
  );
}

function fileOf({ group, version, kind }) {
  const [first] = group.split('.');
  return `${[kind.toLowerCase(), first, version].filter((part) => part !== '').join('-')}.json`;
}

function strictOne(name, definition) {
  if (WIDER[name] !== undefined) return { type: WIDER[name] };
  return definition.properties === undefined
    ? definition
    : { ...definition, additionalProperties: false };
}

/** @param isRoot metadata is described elsewhere */
function closed(schema, isRoot = false) {
  if (schema === null || typeof schema !== 'object') return schema;
  if (Array.isArray(schema)) return schema.map((one) => closed(one));
  const copied = Object.fromEntries(
    Object.entries(schema).map(([key, inner]) => [key, closed(inner)]),
  );
  const open = schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (schema.type !== 'object' || schema.properties === undefined || open) return copied;
  const metadata = isRoot ? { metadata: { type: 'object' } } : {};
  return {
    ...copied,
    properties: { ...copied.properties, ...metadata },
    additionalProperties: false,
  };
}
