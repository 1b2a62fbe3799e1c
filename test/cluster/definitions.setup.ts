/** The resources' definitions, in the cluster of the run before its first spec. */
import type { TestProject } from 'vitest/node';
import { ApiClient } from './api-client.js';
import { readKubeconfig } from './kubeconfig.js';
import { applyDefinitions } from './resources/definitions.js';

/** Quotas count a new kind only after half a minute: tenants are not to wait for it. */
export async function setup(project: TestProject): Promise<void> {
  if (process.env['NEXUS_TESTS_LISTED'] === '1') return;
  const { adminKubeconfig } = project.getProvidedContext().cluster;
  const admin = new ApiClient(readKubeconfig(adminKubeconfig));
  try {
    await applyDefinitions(admin);
  } finally {
    admin.close();
  }
}
