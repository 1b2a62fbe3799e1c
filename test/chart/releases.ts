/** The chart as a release on the cluster of the run. */
import type { ApiClient } from '../cluster/api-client.js';
import type { KubeObject } from '../cluster/kube-objects.types.js';
import { until } from '../support/until.js';
import { CHART, type Helm } from './helm.js';

const JOB_LABEL = 'batch.kubernetes.io/job-name';

interface Pod extends KubeObject {
  status: { phase: string };
}

export class Release {
  constructor(
    private readonly helm: Helm,
    private readonly admin: ApiClient,
    readonly namespace: string,
    private readonly values: readonly string[] = [],
  ) {}

  install(...args: string[]): Promise<string> {
    return this.helm.must('install', 'nexus', CHART, ...this.to(args));
  }

  /** @param chart the folder of another one */
  upgrade(chart = CHART, ...args: string[]): ReturnType<Helm['run']> {
    return this.helm.run('upgrade', 'nexus', chart, ...this.to(args));
  }

  /** Goes back to the revision before. */
  rollback(): ReturnType<Helm['run']> {
    return this.helm.run('rollback', 'nexus', '--namespace', this.namespace, '--timeout', '60s');
  }

  uninstall(): Promise<string> {
    return this.helm.must('uninstall', 'nexus', '--namespace', this.namespace);
  }

  /** Reads an object of the namespace, `apps/v1` `deployments` for example; undefined when there is none. */
  find<T = KubeObject>(group: string, plural: string, name: string): Promise<T | undefined> {
    const root = group.includes('/') ? `/apis/${group}` : `/api/${group}`;
    return this.admin.find<T>(`${root}/namespaces/${this.namespace}/${plural}/${name}`);
  }

  /** Waits for the pod of a Job, and ends it as a kubelet would. */
  async endJob(name: string, phase: 'Succeeded' | 'Failed'): Promise<void> {
    const selector = encodeURIComponent(`${JOB_LABEL}=${name}`);
    const pods = `/api/v1/namespaces/${this.namespace}/pods`;
    const pod = await until(`the Job ${name} has a pod`, async () => {
      const found = await this.admin.list<Pod>(`${pods}?labelSelector=${selector}`);
      return found.find(({ status }) => status.phase === 'Pending');
    });
    await this.admin.patch(`${pods}/${pod.metadata.name}/status`, { status: { phase } });
  }

  private to(args: string[]): string[] {
    return ['--namespace', this.namespace, '--timeout', '60s', ...this.values, ...args];
  }
}
