/** The cluster of the run, as a spec uses it. */
import { randomBytes } from 'node:crypto';
import { inject, onTestFinished, type TestContext } from 'vitest';
import { until } from '../support/until.js';
import { type Account, makeAccount } from './account.js';
import { ApiClient } from './api-client.js';
import { AuditLog } from './audit-log.js';
import type { ClusterFacts } from './cluster.setup.js';
import { readKubeconfig } from './kubeconfig.js';

export type { Account };

/** One cluster, seen by its administrator. */
export class TestCluster {
  readonly admin: ApiClient;

  constructor(readonly facts: ClusterFacts) {
    this.admin = new ApiClient(readKubeconfig(facts.adminKubeconfig));
  }

  /** The audit log; a test that needs it is skipped on a cluster that shows none. */
  audit(context: TestContext): AuditLog {
    const { auditLog } = this.facts;
    if (auditLog === undefined) context.skip('this cluster shows no audit log');
    return new AuditLog(auditLog, this.admin);
  }

  /** Skips a test that does to pods what only the harness's kubelet can do. */
  requireHarness(context: TestContext): void {
    if (this.facts.kubelet === undefined) context.skip('this cluster has kubelets of its own');
  }

  /** Makes a namespace of its own for the test, which asks for its removal at its end. */
  async namespace(prefix: string, labels: Record<string, string> = {}): Promise<string> {
    const name = await this.lastingNamespace(prefix, labels);
    onTestFinished(() => this.admin.delete(`/api/v1/namespaces/${name}`));
    return name;
  }

  /** Makes a namespace that is there until somebody removes it. */
  async lastingNamespace(prefix: string, labels: Record<string, string> = {}): Promise<string> {
    const name = `${prefix}-${randomBytes(4).toString('hex')}`;
    await this.admin.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
    // Pods are refused until it is there.
    await until(`the namespace ${name} is ready`, () =>
      this.admin.find(`/api/v1/namespaces/${name}/serviceaccounts/default`),
    );
    return name;
  }

  /** Makes a ServiceAccount, which may do nothing, and a kubeconfig with a token of its own. */
  serviceAccount(namespace: string, name: string): Promise<Account> {
    return makeAccount(this.admin, this.facts.folder, { namespace, name });
  }
}

let cluster: TestCluster | undefined;

/** The cluster that was started for the run, or the existing one that it was pointed at. */
export function theCluster(): TestCluster {
  cluster ??= new TestCluster(inject('cluster'));
  return cluster;
}
