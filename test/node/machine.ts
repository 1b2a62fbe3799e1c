/**
 * A real machine of a real cluster, and its control plane: containers, networks, volumes, probes and
 * limits are what they are anywhere. It wants the surroundings that `scripts/test/own-machine.mjs`
 * makes; what it writes and starts there is taken away from outside, after its last process.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { findImages, IMAGE_NAMES, imageName } from '../../scripts/image/images.mjs';
import {
  type BinaryName,
  CONTROL_PLANE,
  findBinaries,
  MACHINE as PROGRAMS,
} from '../../scripts/toolchain/cluster-binaries.mjs';
import { ApiClient } from '../cluster/api-client.js';
import { readKubeconfig } from '../cluster/kubeconfig.js';
import type { KubeObject } from '../cluster/kube-objects.types.js';
import { Supervised } from '../cluster/supervised.js';
import { until } from '../support/until.js';
import { apiserverFlags, etcdFlags, managerFlags, schedulerFlags } from './control-plane.flags.js';
import { dnsManifests } from './dns.js';
import { writeIdentities } from './identities.js';
import { machineFiles } from './machine-files.js';
import { ADDRESS, MACHINE, type Places, placesIn, SERVER } from './places.js';
import { addVolume } from './volumes.js';

const run = promisify(execFile);
const READY_WITHIN_MS = 120_000;

/** What another process needs to use a running machine; plain data. */
export interface MachineFacts {
  server: string;
  folder: string;
  adminKubeconfig: string;
  /** Ids of the processes of its programs. */
  processes: Partial<Record<BinaryName, number>>;
}

type Binaries = Record<BinaryName, string>;

export class Machine {
  private constructor(
    readonly facts: MachineFacts,
    private readonly places: Places,
    private readonly binaries: Binaries,
    private readonly programs: Supervised,
    private readonly admin: ApiClient,
  ) {}

  /**
   * Starts one, and waits until pods can be made on it.
   *
   * @throws Error with what its programs said last, when they do not come up
   */
  static async start(): Promise<Machine> {
    const binaries = await findBinaries([...CONTROL_PLANE, ...PROGRAMS]);
    const images = await findImages(IMAGE_NAMES);
    const places = placesIn(await mkdtemp(path.join(tmpdir(), 'machine-')));
    await writeIdentities(places);
    for (const [name, text] of Object.entries(machineFiles(places))) {
      await mkdir(path.dirname(places.at(name)), { recursive: true });
      await writeFile(places.at(name), text);
    }
    const adminKubeconfig = places.at('admin.kubeconfig');
    const facts = { server: SERVER, folder: places.folder, adminKubeconfig, processes: {} };
    const admin = new ApiClient(readKubeconfig(adminKubeconfig));
    const programs = await Supervised.begin('machine-programs');
    const machine = new Machine(facts, places, binaries, programs, admin);
    try {
      await machine.bringUp(Object.values(images));
      return machine;
    } catch (error) {
      const said = await machine.lastWords();
      await machine.stop();
      throw new Error(`The machine did not start: ${String(error)}\n${said}`, { cause: error });
    }
  }

  /** Stops its programs; pods end with the last process of its surroundings. */
  async stop(): Promise<void> {
    this.admin.close();
    await this.programs.end();
  }

  private async bringUp(archives: readonly string[]): Promise<void> {
    const { at } = this.places;
    await this.begin('containerd', ['--config', at('containerd.toml')], 1);
    await this.begin('etcd', etcdFlags(this.places), 1);
    await this.begin('kube-apiserver', apiserverFlags(this.places), 2);
    await Promise.all([this.importAll(archives), this.untilAnswering()]);
    await this.begin('kube-controller-manager', managerFlags(this.places), 3);
    await this.begin('kube-scheduler', schedulerFlags(this.places), 3);
    await this.begin('kubelet', kubeletFlags(this.places), 4);
    await this.begin('kube-proxy', ['--config', at('proxy.yaml')], 3);
    await this.begin('netpol', ['--kubeconfig', at('admin.kubeconfig')], 3);
    await addVolume(this.admin, this.places.folder, 'first');
    for (const manifest of dnsManifests(imageName('coredns'))) await this.admin.apply(manifest);
    await this.untilReady();
  }

  private begin(name: BinaryName, flags: readonly string[], rank: number): Promise<number> {
    // Containerd looks for its shim there, the shim for runc.
    const { PATH = '', HOME = '/' } = process.env;
    const env = { PATH: `${path.dirname(this.binaries.containerd)}:${PATH}`, HOME };
    const { folder } = this.places;
    const program = {
      name,
      command: [this.binaries[name], ...flags],
      cwd: folder,
      log: this.logOf(name),
      env,
      rank,
    };
    return this.programs.start(program).then((id) => (this.facts.processes[name] = id));
  }

  private async importAll(archives: readonly string[]): Promise<void> {
    const ctr = (...args: string[]): Promise<unknown> =>
      run(this.binaries.ctr, ['-a', this.places.at('containerd.sock'), '-n', 'k8s.io', ...args]);
    await until('containerd answers', () => answers(ctr('version')), READY_WITHIN_MS);
    for (const archive of archives) await ctr('images', 'import', '--local', archive);
  }

  private untilAnswering(): Promise<boolean> {
    const ready = (): Promise<boolean> => answers(this.admin.send('GET', '/readyz'));
    return until('the API server is ready', ready, READY_WITHIN_MS);
  }

  private async untilReady(): Promise<void> {
    const isReady = async (path: string, type: string): Promise<boolean> => {
      const object = await this.admin.find<Conditioned>(path);
      const conditions = object?.status?.conditions ?? [];
      return conditions.some((one) => one.type === type && one.status === 'True');
    };
    await until(
      'the machine is ready',
      () => isReady(`/api/v1/nodes/${MACHINE}`, 'Ready'),
      READY_WITHIN_MS,
    );
    await until(
      'names are found',
      () => isReady('/apis/apps/v1/namespaces/kube-system/deployments/coredns', 'Available'),
      READY_WITHIN_MS,
    );
  }

  private logOf(name: string): string {
    return this.places.at(`${name}.log`);
  }

  private async lastWords(): Promise<string> {
    const said = [...CONTROL_PLANE, ...PROGRAMS].map(async (name) => {
      const text = await readFile(this.logOf(name), 'utf8').catch(() => '');
      return text === '' ? '' : `${name}: ${text.trim().split('\n').slice(-5).join('\n')}\n`;
    });
    return (await Promise.all(said)).join('');
  }
}

interface Conditioned extends KubeObject {
  status?: { conditions?: { type: string; status: string }[] };
}

function kubeletFlags({ at }: Places): string[] {
  return [
    `--config=${at('kubelet.yaml')}`,
    `--kubeconfig=${at('kubelet.kubeconfig')}`,
    `--root-dir=${at('kubelet')}`,
    `--cert-dir=${at('kubelet-certificates')}`,
    `--hostname-override=${MACHINE}`,
    `--node-ip=${ADDRESS}`,
  ];
}

/** Whether something that may be refused for now was not. */
function answers(attempt: Promise<unknown>): Promise<boolean> {
  return attempt.then(
    () => true,
    () => false,
  );
}
