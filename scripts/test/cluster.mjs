// Gets the programs of a test cluster once, before the tests that start one; says why when they are
// not to be had. An existing cluster needs none of them. With the argument `chart` also what the
// tests of the chart need.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { shellcheckProgram } from '../../test/support/python-programs.ts';
import { CONTROL_PLANE, findBinaries } from '../toolchain/cluster-binaries.mjs';
import { kubernetesSchemas, SUPPORTED } from '../toolchain/kubernetes-schemas.mjs';
import { ensurePackages } from './packages.mjs';

const OWN_NETWORK = fileURLToPath(new URL('own-network.sh', import.meta.url));

try {
  if (process.env.USE_EXISTING_CLUSTER !== 'true') {
    if (process.platform === 'linux') await ensurePackages(['network']);
    requireOwnNetwork();
    const found = await findBinaries(CONTROL_PLANE);
    for (const file of Object.values(found)) process.stdout.write(`${file}\n`);
  }
  if (process.argv.includes('chart')) await getForChart();
} catch (error) {
  const reason = `A test cluster cannot be had: ${error.message}`;
  if (process.env.NEXUS_REQUIRE_CLUSTER === '1') throw new Error(reason, { cause: error });
  process.stdout.write(`missing: ${reason}\n`);
}

async function getForChart() {
  const found = await findBinaries(['helm', 'helm3', 'kubeconform']);
  for (const file of Object.values(found)) process.stdout.write(`${file}\n`);
  for (const version of Object.keys(SUPPORTED)) {
    process.stdout.write(`${await kubernetesSchemas(version)}\n`);
  }
  // One test alone needs it, which says so where it cannot be had.
  await shellcheckProgram();
}

function requireOwnNetwork() {
  const { status, stderr, error } = spawnSync('sh', [OWN_NETWORK, 'true'], { encoding: 'utf8' });
  if (status === 0) return;
  const said = stderr?.trim().split('\n').at(-1) || error?.message;
  throw new Error(
    `no network of its own can be made (${said}): it needs Linux, unshare and ip (the packages ` +
      'util-linux and iproute2), and root or user namespaces',
  );
}
