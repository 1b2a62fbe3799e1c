/** What of a pod's spec the harness can honour. It ignores limits and security contexts. */
import type { Container, EnvVar, Pod, PodSpec, Probe, Volume } from './pod.types.js';

const FIELDS = new Set([
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.podIP',
  'status.hostIP',
]);
const VOLUME_KINDS = ['emptyDir', 'secret', 'configMap', 'projected'] as const;

/** What stands in the way in the pod itself, by the words for it. */
const OBSTACLES: readonly [string, (spec: PodSpec) => boolean][] = [
  ['it has more than one container', ({ containers }) => containers.length !== 1],
  ['it has init containers', ({ initContainers = [] }) => initContainers.length > 0],
  ['it does not restart always', ({ restartPolicy = 'Always' }) => restartPolicy !== 'Always'],
  [
    'it wants something of the host',
    ({ hostNetwork = false, hostPID = false, hostIPC = false }) =>
      hostNetwork || hostPID || hostIPC,
  ],
  ['it wants a certain node', ({ nodeSelector = {} }) => Object.keys(nodeSelector).length > 0],
];

/**
 * Why a pod cannot be run as it is meant to be, in words for whoever wrote the test; undefined when
 * it can.
 */
export function obstacleOf({ spec }: Pod): string | undefined {
  const [obstacle] = OBSTACLES.find(([, stands]) => stands(spec)) ?? [];
  return (
    obstacle ??
    spec.containers.map(obstacleInContainer).find(Boolean) ??
    spec.volumes?.map(obstacleInVolume).find(Boolean)
  );
}

function obstacleInContainer(container: Container): string | undefined {
  const { command, args, lifecycle, env = [] } = container;
  if (command !== undefined || args !== undefined) return 'it has a command of its own';
  if (lifecycle !== undefined) return 'it has lifecycle hooks';
  const probes = [container.readinessProbe, container.livenessProbe, container.startupProbe];
  return probes.map(obstacleInProbe).find(Boolean) ?? env.map(obstacleInVariable).find(Boolean);
}

function obstacleInProbe(probe: Probe | undefined): string | undefined {
  if (probe === undefined) return undefined;
  const { httpGet } = probe;
  if (httpGet === undefined) return 'it has a probe that is not over HTTP';
  if (httpGet.host !== undefined) return 'it has a probe of another host';
  return (httpGet.scheme ?? 'HTTP') === 'HTTP' ? undefined : 'it has a probe over TLS';
}

function obstacleInVariable({ name, valueFrom }: EnvVar): string | undefined {
  if (valueFrom?.resourceFieldRef !== undefined) return `${name} is taken from resources`;
  const path = valueFrom?.fieldRef?.fieldPath;
  return path === undefined || FIELDS.has(path) ? undefined : `${name} is taken from ${path}`;
}

function obstacleInVolume(volume: Volume): string | undefined {
  if (VOLUME_KINDS.some((kind) => volume[kind] !== undefined)) return undefined;
  const [kind = 'nothing'] = Object.keys(volume).filter((key) => key !== 'name');
  return `its volume ${volume.name} is of ${kind}`;
}

/** What a field of the downward API holds; the paths are those that `obstacleOf` lets pass. */
export function fieldOf(pod: Pod, path: string, addresses: { pod: string; host: string }): string {
  const { metadata, spec } = pod;
  const fields: Record<string, string | undefined> = {
    'metadata.name': metadata.name,
    'metadata.namespace': metadata.namespace,
    'metadata.uid': metadata.uid,
    'spec.nodeName': spec.nodeName,
    'spec.serviceAccountName': spec.serviceAccountName,
    'status.podIP': addresses.pod,
    'status.hostIP': addresses.host,
  };
  return fields[path] ?? '';
}

/** The number of a port that a probe names. */
export function portNumber(container: Container, port: number | string): number {
  if (typeof port === 'number') return port;
  return container.ports?.find(({ name }) => name === port)?.containerPort ?? Number(port);
}
