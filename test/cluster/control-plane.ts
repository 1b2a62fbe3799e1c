/**
 * A control plane without machines: etcd, kube-apiserver and kube-controller-manager on free ports
 * of this network, with certificates of its own, RBAC, admission and an audit log.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { findBinaries } from '../../scripts/toolchain/cluster-binaries.mjs';
import { until } from '../support/until.js';
import { ApiClient } from './api-client.js';
import { AUDIT_POLICY } from './audit-policy.js';
import { apiserverFlags, etcdFlags, managerFlags, type Places } from './control-plane.flags.js';
import { CertificateAuthority, type Subject, tokenKeys } from './certificates.js';
import { type Access, writeKubeconfig } from './kubeconfig.js';
import { Supervised } from './supervised.js';

export type Component = 'etcd' | 'apiserver' | 'controller-manager';

/** They are stopped from the last to the first: each needs those before it to end well. */
const RANKS: Record<Component, number> = { etcd: 1, apiserver: 2, 'controller-manager': 3 };
const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 20_000;
/** In the certificate of the API server. */
const SERVER_HOSTS = ['127.0.0.1', '10.0.0.1', 'localhost', 'kubernetes.default.svc'];
const USERS: Record<string, Subject> = {
  admin: { commonName: 'test-admin', organization: 'system:masters' },
  'controller-manager': { commonName: 'system:kube-controller-manager' },
  kubelet: { commonName: 'system:node:harness', organization: 'system:masters' },
  // How the API server shows itself to a kubelet.
  apiserver: { commonName: 'kube-apiserver', organization: 'system:masters' },
};

/** What another process needs to use a running control plane; plain data. */
export interface ControlPlaneFacts {
  server: string;
  /** Holds everything that was written for it: kubeconfigs, logs, certificates. */
  folder: string;
  /** Kubeconfig of a user that may do everything. */
  adminKubeconfig: string;
  auditLog: string;
  /** Files of a kubelet: how it speaks to the API server, and what it shows when it is asked. */
  kubelet: { kubeconfig: string; certificate: string; key: string };
}

/** One that runs. */
export class ControlPlane {
  private constructor(
    readonly facts: ControlPlaneFacts,
    readonly admin: ApiClient,
    private readonly programs: Supervised,
    private readonly commands: Record<Component, string[]>,
  ) {}

  /**
   * Starts one, and waits until it is ready for work.
   *
   * @throws Error with what its programs said last, when they do not come up
   */
  static async start(): Promise<ControlPlane> {
    const binaries = await findBinaries(['etcd', 'kube-apiserver', 'kube-controller-manager']);
    const programs = await Supervised.begin('cluster');
    try {
      const places = await prepare(programs.folder);
      const { folder } = places;
      const server = `https://127.0.0.1:${places.ports.apiserver}`;
      const access = await certify(folder, server);
      const facts: ControlPlaneFacts = {
        server,
        folder,
        adminKubeconfig: path.join(folder, 'admin.kubeconfig'),
        auditLog: places.auditLog,
        kubelet: {
          kubeconfig: path.join(folder, 'kubelet.kubeconfig'),
          certificate: path.join(folder, 'kubelet.crt'),
          key: path.join(folder, 'kubelet.key'),
        },
      };
      const plane = new ControlPlane(facts, new ApiClient(access), programs, {
        etcd: [binaries.etcd, ...etcdFlags(places)],
        apiserver: [binaries['kube-apiserver'], ...apiserverFlags(places)],
        'controller-manager': [binaries['kube-controller-manager'], ...managerFlags(places)],
      });
      await plane.bringUp();
      return plane;
    } catch (error) {
      await programs.end();
      throw error;
    }
  }

  /** Starts one of its programs again, and does not wait until it is ready. */
  async startOne(component: Component): Promise<number> {
    return this.programs.start({
      name: component,
      command: this.commands[component],
      cwd: this.facts.folder,
      log: this.logOf(component),
      rank: RANKS[component],
    });
  }

  /** Stops one of its programs; `SIGKILL` for a crash. */
  stopOne(component: Component, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    return this.programs.stop(component, signal, STOP_WITHIN_MS);
  }

  /** Waits until the API server says that it is ready. */
  async untilReady(): Promise<void> {
    await until(
      'the API server is ready',
      () =>
        this.admin.send('GET', '/readyz').then(
          () => true,
          () => false,
        ),
      READY_WITHIN_MS,
    );
  }

  logOf(component: Component): string {
    return path.join(this.facts.folder, `${component}.log`);
  }

  /** Stops everything and removes what was written. */
  async stop(): Promise<void> {
    this.admin.close();
    await this.programs.end();
  }

  private async bringUp(): Promise<void> {
    const died = new Promise<never>((_, reject) => {
      this.programs.onExit(({ exited }) => reject(new Error(`${exited} ended`)));
    });
    const up = async (): Promise<void> => {
      await this.startOne('etcd');
      await this.startOne('apiserver');
      await this.untilReady();
      await this.startOne('controller-manager');
      // The sign that its controllers work, and that pods can be made there.
      await until('the controllers work', () =>
        this.admin.find('/api/v1/namespaces/default/serviceaccounts/default'),
      );
    };
    try {
      await Promise.race([up(), died]);
    } catch (error) {
      throw new Error(
        `The control plane did not start: ${String(error)}\n${await this.lastWords()}`,
        {
          cause: error,
        },
      );
    }
    died.catch(() => undefined);
  }

  private async lastWords(): Promise<string> {
    const said = Object.keys(this.commands).map(async (component) => {
      const text = await readFile(this.logOf(component as Component), 'utf8').catch(() => '');
      return `${component}: ${text.trim().split('\n').slice(-5).join('\n')}`;
    });
    return (await Promise.all(said)).join('\n');
  }
}

async function prepare(folder: string): Promise<Places> {
  const [etcd, peer, apiserver] = await freePorts(3);
  if (etcd === undefined || peer === undefined || apiserver === undefined) {
    throw new Error('There are no free ports');
  }
  await mkdir(path.join(folder, 'etcd'), { mode: 0o700 });
  await mkdir(path.join(folder, 'audit'));
  await writeFile(path.join(folder, 'audit-policy.json'), JSON.stringify(AUDIT_POLICY));
  return {
    folder,
    auditLog: path.join(folder, 'audit', 'audit.log'),
    ports: { etcd, peer, apiserver },
  };
}

/** Writes keys, certificates and kubeconfigs. */
async function certify(folder: string, server: string): Promise<Access> {
  const authority = new CertificateAuthority();
  const ca = authority.certificate;
  const write = (name: string, text: string): Promise<void> =>
    writeFile(path.join(folder, name), text, { mode: 0o600 });
  const issue = async (name: string, subject: Subject): Promise<Access> => {
    const { certificate, key } = authority.issue(subject);
    await write(`${name}.crt`, certificate);
    await write(`${name}.key`, key);
    return { server, ca, certificate, key };
  };
  await write('ca.crt', ca);
  const { publicKey, privateKey } = tokenKeys();
  await write('tokens.pub', publicKey);
  await write('tokens.key', privateKey);
  await issue('server', { commonName: 'kube-apiserver', hosts: SERVER_HOSTS });
  await issue('kubelet', { commonName: 'kubelet', hosts: ['kubelet'] });
  for (const [name, subject] of Object.entries(USERS)) {
    const access = await issue(`${name}-client`, subject);
    await writeKubeconfig(path.join(folder, `${name}.kubeconfig`), access);
  }
  return issue('admin-client', USERS['admin'] ?? { commonName: '' });
}

/** Ports that were free a moment ago; all are held until the last is known. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(0, '127.0.0.1', resolve);
      });
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
