/** Nexus on the machine, installed as an administrator would: with one `helm install`. */
import { inject } from 'vitest';
import { imageName } from '../../scripts/image/images.mjs';
import { findBinaries } from '../../scripts/toolchain/cluster-binaries.mjs';
import { createClient, type Client } from '../../sdk/typescript/client/index.js';
import * as sdk from '../../sdk/typescript/index.js';
import { CHART, Helm, runProgram, type Said } from '../chart/helm.js';
import type { KubeObject } from '../cluster/kube-objects.types.js';
import { TestCluster } from '../cluster/test-cluster.js';
import { bearer, expectData } from '../support/api.js';
import { documentedFetch } from '../support/documented.js';

export const NAMESPACE = 'nexus-system';
const RELEASE = 'nexus';
const ADMIN_EMAIL = 'admin@nexus.local';
/** Beside the defaults: where there is no registry, the image that is there has to do. */
const SETTINGS = {
  NEXUS_NODE_IMAGE: imageName('nexus-node').replace(/:[^:]*$/, ''),
  NEXUS_NODE_TAG: imageName('nexus-node').replace(/^.*:/, ''),
  NEXUS_POD_SECURITY: 'restricted',
  NEXUS_REGISTRATION: 'open',
};

/** An install, seen by the administrator of the cluster and by the clients of its API. */
export class Install {
  private constructor(
    readonly cluster: TestCluster,
    readonly helm: Helm,
    /** Path of kubectl. */
    readonly kubectlProgram: string,
  ) {}

  /** Finds it, or installs it and waits until it is ready. */
  static async ensure(): Promise<Install> {
    const cluster = new TestCluster(inject('machine'));
    const { kubectl } = await findBinaries(['kubectl']);
    const helm = await Helm.find('helm', cluster.facts.adminKubeconfig);
    const install = new Install(cluster, helm, kubectl);
    const { code } = await helm.run('status', RELEASE, '--namespace', NAMESPACE);
    if (code !== 0) await install.fresh();
    return install;
  }

  /** Runs kubectl as the administrator. */
  kubectl(...args: string[]): Promise<Said> {
    const { adminKubeconfig } = this.cluster.facts;
    return runProgram(this.kubectlProgram, args, { ...process.env, KUBECONFIG: adminKubeconfig });
  }

  /** A client of the API without a credential, through its Service. */
  async anybody(): Promise<Client> {
    return createClient({ baseUrl: await this.url(), fetch: documentedFetch });
  }

  /** A client of whoever has this token. */
  async client(token: string): Promise<Client> {
    const headers = bearer(token);
    return createClient({ baseUrl: await this.url(), fetch: documentedFetch, headers });
  }

  /** Logs the admin in with the password that the install has made. */
  async admin(): Promise<Client> {
    const path = `/api/v1/namespaces/${NAMESPACE}/secrets/nexus-server-secrets`;
    const { data } = await this.cluster.admin.get<KubeObject & { data: Record<string, string> }>(
      path,
    );
    const password = Buffer.from(data['admin-password'] ?? '', 'base64').toString();
    const body = { email: ADMIN_EMAIL, password };
    const answer = await sdk.login({ client: await this.anybody(), body });
    return this.client(expectData(answer, 200).accessToken);
  }

  private async url(): Promise<string> {
    const path = `/api/v1/namespaces/${NAMESPACE}/services/nexus-server`;
    const { spec } = await this.cluster.admin.get<KubeObject & { spec: { clusterIP: string } }>(
      path,
    );
    return `http://${spec.clusterIP}:8080`;
  }

  private async fresh(): Promise<void> {
    const settings = Object.entries(SETTINGS).map(([name, value]) => [
      '--set-string',
      `settings.${name}=${value}`,
    ]);
    const target = ['--namespace', NAMESPACE, '--create-namespace'];
    const patience = ['--wait', '--timeout', '120s'];
    try {
      await this.helm.must('install', RELEASE, CHART, ...target, ...patience, ...settings.flat());
    } catch (error) {
      const { stdout } = await this.kubectl('describe', 'pods', '--namespace', NAMESPACE);
      const logs = await this.kubectl('logs', '-n', NAMESPACE, 'deploy/nexus-server');
      throw new Error(`${String(error)}\n${stdout}\n${logs.stdout}`, { cause: error });
    }
  }
}
