/** What a pod can reach, asked from inside of it. */
import { expect } from 'vitest';
import { imageName } from '../../scripts/image/images.mjs';
import type { Manifest } from '../cluster/kube-objects.types.js';
import type { Install } from './install.js';

/** Places by what they are, each as `host:port`. */
export type Targets = Readonly<Record<string, string>>;

/** Which containers of which pod; as `kubectl exec` names them. */
export interface Place {
  namespace: string;
  /** Such as `deploy/astromesh-node`, or the name of a pod. */
  pod: string;
}

/** A fence drops what it does not let pass; on one machine an answer takes no millisecond. */
const PATIENCE_MS = 1_500;
/** Prints the names of the targets that take a connection. */
const LOOK = `
  const { connect } = require('node:net');
  const answers = ([name, target]) => new Promise((resolve) => {
    const at = target.lastIndexOf(':');
    const socket = connect({ host: target.slice(0, at), port: Number(target.slice(at + 1)) });
    const end = (open) => { socket.destroy(); resolve(open ? name : undefined); };
    setTimeout(end, ${PATIENCE_MS}, false);
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
  const targets = Object.entries(JSON.parse(process.argv[1]));
  Promise.all(targets.map(answers)).then((open) => {
    console.log(JSON.stringify(open.filter((name) => name !== undefined)));
    process.exit();
  });`;

/** The names of those targets that can be connected to from there, in the order given. */
export async function reachedFrom(
  install: Install,
  place: Place,
  targets: Targets,
): Promise<string[]> {
  const said = await runIn(install, place, LOOK, JSON.stringify(targets));
  return JSON.parse(said) as string[];
}

/** Runs a script of Node in a container; what it printed. */
export async function runIn(
  install: Install,
  { namespace, pod }: Place,
  script: string,
  ...args: string[]
): Promise<string> {
  const command = ['node', '-e', script, ...args];
  const said = await install.kubectl('exec', '-n', namespace, pod, '--', ...command);
  expect(said.code, said.stderr).toBe(0);
  return said.stdout.trim();
}

/** A pod that waits to be asked, as any user of a namespace may make one; ready when this is over. */
export async function waitingPod(install: Install, { namespace, pod }: Place): Promise<void> {
  await install.cluster.admin.apply(podManifest(namespace, pod));
  const ready = ['--for=condition=Ready', '--timeout=60s'];
  const said = await install.kubectl('wait', '-n', namespace, `pod/${pod}`, ...ready);
  expect(said.code, said.stderr).toBe(0);
}

function podManifest(namespace: string, name: string): Manifest {
  const container = {
    name: 'prober',
    image: imageName('nexus-node'),
    imagePullPolicy: 'Never',
    command: ['node', '-e', 'process.on("SIGTERM", process.exit); setInterval(() => {}, 1e6)'],
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  };
  const securityContext = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name },
    spec: { automountServiceAccountToken: false, securityContext, containers: [container] },
  };
}
