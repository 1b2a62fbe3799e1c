/** A control plane with a namespace, an account and an install id of its own, on a cluster of tests. */
import { randomBytes } from 'node:crypto';
import { INSTALL_LABEL } from '../../../src/reconciliation/resources/resource-names.js';
import { type Person, theAdmin } from '../../support/api.js';
import { TestServer } from '../../support/server.js';
import { Kubelet, type KubeletOptions } from '../kubelet/kubelet.js';
import { applyDefinitions } from '../resources/definitions.js';
import { readKubeconfig, writeKubeconfig } from '../kubeconfig.js';
import { type Account, type TestCluster, theCluster } from '../test-cluster.js';
import { permit } from './permissions.js';

const ACCOUNT = 'nexus-server';

export interface WorldOptions {
  environment?: Record<string, string>;
  kubelet?: Partial<KubeletOptions>;
  /** The cluster of the run when left out. */
  cluster?: TestCluster;
  /** Where the server finds the API server, when that is not where it is. */
  through?: string;
}

/** A server that may do what the committed roles allow, and a kubelet for its tenants. */
export class World {
  admin!: Person;

  private constructor(
    readonly cluster: TestCluster,
    readonly namespace: string,
    readonly account: Account,
    readonly kubelet: Kubelet,
    readonly server: TestServer,
  ) {}

  static async start({
    environment = {},
    kubelet: options = {},
    cluster = theCluster(),
    through = cluster.facts.server,
  }: WorldOptions = {}): Promise<World> {
    await applyDefinitions(cluster.admin);
    const namespace = `nexus-${randomBytes(4).toString('hex')}`;
    await cluster.admin.create({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace },
    });
    const account = await cluster.serviceAccount(namespace, ACCOUNT);
    await permit(cluster.admin, namespace, ACCOUNT);
    const access = { ...readKubeconfig(account.kubeconfig), server: through };
    await writeKubeconfig(account.kubeconfig, access);
    const kubelet = await Kubelet.start(cluster.facts, {
      serves: (_, labels) => labels[INSTALL_LABEL] === namespace,
      ...options,
    });
    const server = await TestServer.create({
      driver: 'kubernetes',
      environment: {
        KUBECONFIG: account.kubeconfig,
        NEXUS_NAMESPACE: namespace,
        NEXUS_NODE_ACCESS: 'proxy',
        ...environment,
      },
    });
    const world = new World(cluster, namespace, account, kubelet, server);
    try {
      await server.run();
      world.admin = await theAdmin(server);
      return world;
    } catch (error) {
      await world.stop();
      throw error;
    }
  }

  /** Stops the server and starts it again over the same data. */
  async restart(environment: Record<string, string> = {}): Promise<void> {
    await this.server.stop();
    await this.server.run(environment);
    this.admin = await theAdmin(this.server);
  }

  /** Takes it apart; its namespaces go in the background. */
  async stop(): Promise<void> {
    const { admin } = this.cluster;
    await this.server.close();
    const selector = `labelSelector=${encodeURIComponent(`${INSTALL_LABEL}=${this.namespace}`)}`;
    const tenants = await admin.list(`/api/v1/namespaces?${selector}`);
    for (const { metadata } of tenants) await admin.delete(`/api/v1/namespaces/${metadata.name}`);
    await admin.delete(`/api/v1/namespaces/${this.namespace}`);
    await this.kubelet.stop();
  }
}
