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
import { until } from '../support/until.js';

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

const PATIENCE = ['--wait', '--timeout', '120s'];
/** What an install leaves to the one that has the definitions. */
const SECOND = ['crds.install=false', 'rbac.people=false'];

/** A pod of a server, as far as tests look at it. */
export interface ServerPod extends KubeObject {
  metadata: KubeObject['metadata'] & { uid: string; deletionTimestamp?: string };
  status: {
    phase: string;
    podIP?: string;
    containerStatuses?: { ready: boolean; restartCount: number; image: string }[];
  };
}

/** Where an install is, and what it is called there. */
export interface Place {
  namespace: string;
  /** Of the Deployment and what belongs to it. */
  name: string;
}

const FIRST: Place = { namespace: NAMESPACE, name: 'nexus-server' };

/** An install, seen by the administrator of the cluster and by the clients of its API. */
export class Install {
  private constructor(
    readonly cluster: TestCluster,
    readonly helm: Helm,
    /** Path of kubectl. */
    readonly kubectlProgram: string,
    readonly place: Place,
  ) {}

  /** Finds it, or installs it and waits until it is ready. */
  static async ensure(): Promise<Install> {
    const install = await Install.at(FIRST);
    const { code } = await install.helm.run('status', RELEASE, '--namespace', NAMESPACE);
    if (code !== 0) await install.install();
    return install;
  }

  /** One that may not be there yet. */
  static async at(place: Place): Promise<Install> {
    const cluster = new TestCluster(inject('machine'));
    const { kubectl } = await findBinaries(['kubectl']);
    const helm = await Helm.find('helm', cluster.facts.adminKubeconfig);
    return new Install(cluster, helm, kubectl, place);
  }

  /** One beside the first, which has the definitions; its namespace is made. */
  static async beside(namespace: string): Promise<Install> {
    await Install.ensure();
    const install = await Install.at({ namespace, name: namespace });
    await install.cluster.admin.apply({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace },
    });
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
    return this.client(await this.token());
  }

  /** What the admin shows who has logged in so. */
  async token(): Promise<string> {
    const { namespace, name } = this.place;
    const path = `/api/v1/namespaces/${namespace}/secrets/${name}-secrets`;
    const { data } = await this.cluster.admin.get<KubeObject & { data: Record<string, string> }>(
      path,
    );
    const password = Buffer.from(data['admin-password'] ?? '', 'base64').toString();
    const body = { email: ADMIN_EMAIL, password };
    const answer = await sdk.login({ client: await this.anybody(), body });
    return expectData(answer, 200).accessToken;
  }

  /**
   * Installs, and waits until it is ready.
   *
   * @throws Error with what its pods said, when it does not become ready
   */
  install(args: readonly string[] = [], chart = CHART): Promise<void> {
    return this.become('install', args, chart);
  }

  /** As `install`, over what is installed. */
  upgrade(args: readonly string[] = [], chart = CHART): Promise<void> {
    return this.become('upgrade', args, chart);
  }

  /** Goes back to a revision, whichever way that ends. */
  async rollback(revision: number, ...args: string[]): Promise<Said> {
    const target = ['--namespace', this.place.namespace, ...PATIENCE, ...args];
    const said = await this.helm.run('rollback', RELEASE, String(revision), ...target);
    if (said.code === 0) await this.untilReached();
    return said;
  }

  /** Uninstalls, and waits until its servers have ended. */
  async uninstall(): Promise<void> {
    await this.helm.must('uninstall', RELEASE, '--namespace', this.place.namespace, ...PATIENCE);
    await until('its servers have ended', async () => (await this.pods()).length === 0);
  }

  /** Deletes its tenants and everything else of it, its namespace at last. */
  async remove(): Promise<void> {
    const { namespace } = this.place;
    await this.kubectl('-n', namespace, 'delete', 'nexustenants', '--all', '--timeout=60s');
    await this.uninstall();
    await this.cluster.admin.delete(`/api/v1/namespaces/${namespace}`);
  }

  /** The pods of its servers. */
  async pods(): Promise<ServerPod[]> {
    const { namespace } = this.place;
    const selector = encodeURIComponent('app.kubernetes.io/component=server');
    return this.cluster.admin.list<ServerPod>(
      `/api/v1/namespaces/${namespace}/pods?labelSelector=${selector}`,
    );
  }

  /** Where its API is. */
  async url(): Promise<string> {
    const { namespace, name } = this.place;
    const path = `/api/v1/namespaces/${namespace}/services/${name}`;
    const { spec } = await this.cluster.admin.get<KubeObject & { spec: { clusterIP: string } }>(
      path,
    );
    return `http://${spec.clusterIP}:8080`;
  }

  /** A Service leads to a pod a moment after that is ready. */
  private async untilReached(): Promise<void> {
    const url = await this.url();
    await until('its API is reached', () =>
      fetch(`${url}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
  }

  private async become(
    verb: 'install' | 'upgrade',
    args: readonly string[],
    chart: string,
  ): Promise<void> {
    const { namespace, name } = this.place;
    const settings = Object.entries(SETTINGS).map(([key, value]) => [
      '--set-string',
      `settings.${key}=${value}`,
    ]);
    const target = ['--namespace', namespace, '--create-namespace', ...PATIENCE];
    const second = this.place === FIRST ? [] : [`fullnameOverride=${name}`, ...SECOND];
    const sets = second.flatMap((one) => ['--set', one]);
    try {
      await this.helm.must(verb, RELEASE, chart, ...target, ...settings.flat(), ...sets, ...args);
      await this.untilReached();
    } catch (error) {
      const { stdout } = await this.kubectl('describe', 'pods', '--namespace', namespace);
      const logs = await this.kubectl('logs', '-n', namespace, `deploy/${name}`);
      throw new Error(`${String(error)}\n${stdout}\n${logs.stdout}`, { cause: error });
    }
  }
}
