/** An install as its documents tell: with kubectl alone, on a control plane of its own. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findBinaries } from '../../../scripts/toolchain/cluster-binaries.mjs';
import { INSTALL_LABEL } from '../../../src/reconciliation/resources/resource-names.js';
import { type Person, theAdmin } from '../../support/api.js';
import { TestServer } from '../../support/server.js';
import { ControlPlane } from '../control-plane.js';
import { Kubelet } from '../kubelet/kubelet.js';
import { type Account, TestCluster } from '../test-cluster.js';

const run = promisify(execFile);
/** Where `charts/kustomize` puts the server. */
export const NAMESPACE = 'nexus-system';
const ACCOUNT = 'nexus-server';

/** What a command printed, and how it ended. */
export interface Printed {
  text: string;
  code: number;
}

/** A control plane with what kubectl has installed, and a server that may do what that allows. */
export class Installed {
  private server: TestServer | undefined;
  private kubelet: Kubelet | undefined;

  private constructor(
    private readonly plane: ControlPlane,
    readonly cluster: TestCluster,
    private readonly program: string,
  ) {}

  /** A control plane with nothing in it. */
  static async begin(): Promise<Installed> {
    const { kubectl } = await findBinaries(['kubectl']);
    const plane = await ControlPlane.start();
    return new Installed(plane, new TestCluster(plane.facts), kubectl);
  }

  /** Runs kubectl as an administrator, in the checkout. */
  async kubectl(...args: string[]): Promise<Printed> {
    const env = { ...process.env, KUBECONFIG: this.cluster.facts.adminKubeconfig };
    try {
      const { stdout, stderr } = await run(this.program, args, { env });
      return { text: stdout + stderr, code: 0 };
    } catch (error) {
      const { stdout = '', stderr = '', code = -1 } = error as Record<string, never>;
      return { text: stdout + stderr, code };
    }
  }

  /** The account that the install has made. */
  account(): Promise<Account> {
    return this.cluster.serviceAccount(NAMESPACE, ACCOUNT);
  }

  /** Starts the server under that account, and a kubelet for its tenants. */
  async serve(): Promise<void> {
    const { kubeconfig } = await this.account();
    this.kubelet = await Kubelet.start(this.cluster.facts, {
      serves: (_, labels) => labels[INSTALL_LABEL] === NAMESPACE,
    });
    this.server = await TestServer.create({
      driver: 'kubernetes',
      environment: {
        KUBECONFIG: kubeconfig,
        NEXUS_NAMESPACE: NAMESPACE,
        NEXUS_NODE_ACCESS: 'proxy',
      },
    });
    await this.server.run();
  }

  /** Has the server end, as its pod does that is deleted. */
  async away(): Promise<void> {
    await this.server?.stop();
  }

  /** Has it come back over the same database, with a token of the account that is there now. */
  async back(): Promise<void> {
    await this.account();
    await this.server?.run();
  }

  /** Somebody who may do everything in the API. */
  admin(): Promise<Person> {
    if (this.server === undefined) throw new Error('there is no server');
    return theAdmin(this.server);
  }

  async stop(): Promise<void> {
    await this.server?.close();
    await this.kubelet?.stop();
    await this.plane.stop();
  }
}
