/** The node of a tenant on the machine: its pod, and what is said of it. */
import type { Client } from '../../sdk/typescript/client/index.js';
import * as sdk from '../../sdk/typescript/index.js';
import type { Tenant } from '../../sdk/typescript/index.js';
import type { KubeObject } from '../cluster/kube-objects.types.js';
import { type Headers, until } from '../support/api.js';
import { type Install, NAMESPACE } from './install.js';
import type { Place } from './prober.js';

export interface NodePod extends KubeObject {
  spec: { containers: { image: string }[] };
  status: {
    podIP: string;
    containerStatuses: {
      containerID: string;
      ready: boolean;
      restartCount: number;
      lastState: { terminated?: { reason: string } };
    }[];
  };
}

type Told = KubeObject & { reason: string; message: string };

const NODE = 'astromesh-node';
const WITHIN_MS = 90_000;

export class TenantNode {
  readonly headers: Headers;
  readonly place: Place;

  constructor(
    private readonly install: Install,
    private readonly client: Client,
    readonly tenant: Tenant,
  ) {
    this.headers = { 'x-tenant-id': tenant.id };
    this.place = { namespace: tenant.crName, pod: `deploy/${NODE}` };
  }

  /** Its one pod that is not on its way out. */
  async pod(): Promise<NodePod> {
    return until('the node has one pod', async () => {
      const path = `/api/v1/namespaces/${this.place.namespace}/pods`;
      const pods = await this.install.cluster.admin.list<NodePod>(path);
      const [pod, ...more] = pods.filter((one) => !('deletionTimestamp' in one.metadata));
      return more.length === 0 ? pod : undefined;
    });
  }

  /** How often its pod was replaced. */
  async revision(): Promise<number> {
    const path = `/apis/apps/v1/namespaces/${this.place.namespace}/deployments/${NODE}`;
    const { metadata } = await this.install.cluster.admin.get(path);
    return Number(metadata.annotations?.['deployment.kubernetes.io/revision']);
  }

  /** What the node itself says of its agents: their status by their names. */
  async agentsOnNode(): Promise<Record<string, string>> {
    const { status } = await this.pod();
    const response = await fetch(`http://${status.podIP}:8000/v1/agents`);
    const { agents } = (await response.json()) as { agents: { name: string; status: string }[] };
    return Object.fromEntries(agents.map(({ name, status: state }) => [name, state]));
  }

  /** Whether the agent `greeter` answers now. */
  async answers(): Promise<boolean> {
    const { client, headers } = this;
    const path = { name: 'greeter' };
    const body = { query: 'Good morning' };
    const { data } = await sdk.runAgent({ client, headers, path, body });
    return String(data?.answer).includes('Good morning');
  }

  untilAnswering(): Promise<boolean> {
    const attempt = (): Promise<boolean> => this.answers().catch(() => false);
    return until('the agent answers', attempt, WITHIN_MS);
  }

  /** Waits until its container was started again so many times, and is ready. */
  async untilRestarted(times: number): Promise<void> {
    await until('the node was started again', async () => {
      const [container] = (await this.pod()).status.containerStatuses ?? [];
      return container?.restartCount === times && container.ready;
    });
  }

  /** Waits until another pod is ready in the place of this one; its name. */
  async untilReplaced(former: string): Promise<string> {
    const { metadata } = await until('the node has another pod', async () => {
      const pod = await this.pod();
      const isReady = pod.status.containerStatuses?.[0]?.ready === true;
      return pod.metadata.name !== former && isReady ? pod : undefined;
    });
    return metadata.name;
  }

  /** Waits until its pod runs an image, and is ready. */
  async untilRunning(image: string): Promise<void> {
    const isSo = async (): Promise<boolean> => {
      const { spec, status } = await this.pod();
      const isReady = status.containerStatuses?.[0]?.ready === true;
      return spec.containers[0]?.image === image && isReady;
    };
    await until(`the node runs ${image}`, isSo, WITHIN_MS);
  }

  /** The Event of a reason that its tenant has, if any. */
  async eventOf(reason: string): Promise<Told | undefined> {
    const about = `involvedObject.name%3D${this.tenant.crName},reason%3D${reason}`;
    const path = `/api/v1/namespaces/${NAMESPACE}/events?fieldSelector=${about}`;
    return (await this.install.cluster.admin.list<Told>(path))[0];
  }
}
