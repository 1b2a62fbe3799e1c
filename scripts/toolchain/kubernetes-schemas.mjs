// Schemas that kubeconform checks manifests with: made from the API description in Kubernetes' own
// module of a version, and from the definitions of what others bring. Nothing is built for it.

import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { cacheRoot } from './cluster-binaries.mjs';
import { definitionSchema, strictSchemas } from './strict-schemas.mjs';
import { withLock } from './lock.mjs';

/** The oldest and the newest Kubernetes that the chart supports, with the checksums of their modules. */
export const SUPPORTED = {
  'v1.30.14': 'h1:MrlKXh9uhLIJpyxOeXhcndzRVSvwiV9iJ8NgH8nqPsg=',
  'v1.37.2': 'h1:A2VDEiObzkYqFTKhSsn0ZEb0RlLEXpHWj93gi2HqEwE=',
};
/** What a cluster may have beside Kubernetes: the Gateway API and the Prometheus operator. */
const BROUGHT = [
  {
    module: 'sigs.k8s.io/gateway-api@v1.4.0',
    sum: 'h1:ZwlNM6zOHq0h3WUX2gfByPs2yAEsy/EenYJB78jpQfQ=',
    definition: 'config/crd/standard/gateway.networking.k8s.io_httproutes.yaml',
  },
  {
    module: 'github.com/prometheus-operator/prometheus-operator@v0.85.0',
    sum: 'h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=',
    definition: 'example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml',
  },
];
/** Changes with what is made, so that what an older one of this file made is not taken. */
const MADE_AS = 2;

/**
 * The folder with the schemas of a version, for `kubeconform -schema-location`.
 *
 * @param version one of `SUPPORTED`
 * @param options of tests: another environment, another way of getting the folder of a module
 * @throws Error with what to do, when they cannot be had
 */
export async function kubernetesSchemas(version, { env = process.env, get = getModule } = {}) {
  const folder = path.join(cacheRoot(env), `schemas-${version}-${MADE_AS}`);
  if (existsSync(folder)) return folder;
  mkdirSync(path.dirname(folder), { recursive: true });
  await withLock(`${folder}.lock`, async () => {
    if (!existsSync(folder)) make(version, folder, get);
  });
  return folder;
}

/**
 * The CustomResourceDefinitions of what others bring that the chart makes resources of.
 *
 * @throws Error with what to do, when they cannot be had
 */
export function broughtDefinitions({ get = getModule } = {}) {
  return BROUGHT.map(({ module, sum, definition }) =>
    parse(readFileSync(path.join(get(module, sum), definition), 'utf8')),
  );
}

/** How kubeconform finds a schema in such a folder. */
export function schemaLocation(folder) {
  return path.join(folder, '{{ .ResourceKind }}{{ .KindSuffix }}.json');
}

function make(version, folder, get) {
  const kubernetes = get(`k8s.io/kubernetes@${version}`, SUPPORTED[version]);
  const described = path.join(kubernetes, 'api', 'openapi-spec', 'swagger.json');
  const schemas = {
    ...strictSchemas(JSON.parse(readFileSync(described, 'utf8'))),
    ...Object.assign({}, ...broughtDefinitions({ get }).map(definitionSchema)),
  };
  const draft = mkdtempSync(`${folder}.new-`);
  try {
    for (const [name, schema] of Object.entries(schemas)) {
      writeFileSync(path.join(draft, name), JSON.stringify(schema));
    }
    renameSync(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function getModule(module, sum) {
  const { status, stdout, error } = spawnSync('go', ['mod', 'download', '-json', module], {
    encoding: 'utf8',
    // Away from any module, whose requirements would have a say.
    cwd: path.parse(process.cwd()).root,
  });
  if (error !== undefined) {
    throw new Error(`${module}: there is no Go to get it with (${error.message}); install Go`);
  }
  const said = stdout === '' ? {} : JSON.parse(stdout);
  if (status !== 0)
    throw new Error(`${module} cannot be had: ${said.Error ?? `exit code ${status}`}`);
  if (said.Sum !== sum) throw new Error(`${module} has the checksum ${said.Sum}, not ${sum}`);
  return said.Dir;
}
