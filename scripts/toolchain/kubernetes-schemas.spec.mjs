import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { kubernetesSchemas, SUPPORTED } from './kubernetes-schemas.mjs';

const [version] = Object.keys(SUPPORTED);
const SWAGGER = {
  definitions: {
    thing: {
      type: 'object',
      'x-kubernetes-group-version-kind': [{ group: '', version: 'v1', kind: 'Thing' }],
    },
  },
};
const definitionOf = (kind) =>
  `spec: {group: g.x, names: {kind: ${kind}}, versions: [{name: v1, schema: {openAPIV3Schema: {}}}]}`;
const BROUGHT = {
  'config/crd/standard/gateway.networking.k8s.io_httproutes.yaml': 'Route',
  'example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml': 'Monitor',
};

let folder;
let asked;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'nexus-schemas-'));
  asked = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function get(module, sum) {
  asked.push([module, sum]);
  const write = (name, text) => {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  write('api/openapi-spec/swagger.json', JSON.stringify(SWAGGER));
  for (const [name, kind] of Object.entries(BROUGHT)) write(name, definitionOf(kind));
  return folder;
}

it('are made once for a version, from modules with the pinned checksums', async () => {
  const env = { XDG_CACHE_HOME: path.join(folder, 'cache') };
  const made = await kubernetesSchemas(version, { env, get });
  expect(readdirSync(made).sort()).toEqual([
    '_definitions.json',
    'monitor-g-v1.json',
    'route-g-v1.json',
    'thing-v1.json',
  ]);
  expect(asked[0]).toEqual([`k8s.io/kubernetes@${version}`, SUPPORTED[version]]);
  const again = await kubernetesSchemas(version, { env, get: () => expect.unreachable() });
  expect(again).toBe(made);
});
