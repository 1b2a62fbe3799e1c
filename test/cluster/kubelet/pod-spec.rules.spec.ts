import { describe, expect, it } from 'vitest';
import { fieldOf, obstacleOf, portNumber } from './pod-spec.rules.js';
import type { Container, Pod, PodSpec } from './pod.types.js';

const CONTAINER: Container = { name: 'node', image: 'any' };

function pod(spec: Partial<PodSpec>): Pod {
  const metadata = { name: 'p', namespace: 'n', uid: 'u', resourceVersion: '1' };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, creationTimestamp: '' },
    spec: { containers: [CONTAINER], ...spec },
  };
}

function having(container: Partial<Container>): Partial<PodSpec> {
  return { containers: [{ ...CONTAINER, ...container }] };
}

describe('a pod', () => {
  it.each<[string, Partial<PodSpec>]>([
    ['nothing special', {}],
    ['a probe over HTTP', having({ readinessProbe: { httpGet: { port: 8000 } } })],
    ['a field of its own', having({ env: [{ name: 'A', valueFrom: field('status.podIP') }] })],
    ['volumes that are folders', { volumes: [{ name: 'a', emptyDir: {} }] }],
  ])('with %s can be honoured', (_, spec) => {
    expect(obstacleOf(pod(spec))).toBeUndefined();
  });

  it.each<[RegExp, Partial<PodSpec>]>([
    [/more than one container/, { containers: [CONTAINER, CONTAINER] }],
    [/init containers/, { initContainers: [{}] }],
    [/restart always/, { restartPolicy: 'Never' }],
    [/of the host/, { hostNetwork: true }],
    [/certain node/, { nodeSelector: { disk: 'fast' } }],
    [/command of its own/, having({ args: ['x'] })],
    [/lifecycle/, having({ lifecycle: {} })],
    [/not over HTTP/, having({ livenessProbe: {} })],
    [/another host/, having({ startupProbe: { httpGet: { port: 1, host: 'x' } } })],
    [/over TLS/, having({ readinessProbe: { httpGet: { port: 1, scheme: 'HTTPS' } } })],
    [
      /A is taken from resources/,
      having({ env: [{ name: 'A', valueFrom: { resourceFieldRef: {} } }] }),
    ],
    [
      /A is taken from metadata.labels/,
      having({ env: [{ name: 'A', valueFrom: field('metadata.labels') }] }),
    ],
    [/volume a is of hostPath/, { volumes: [{ name: 'a', hostPath: {} } as { name: string }] }],
  ])('that cannot be honoured is told of: %s', (obstacle, spec) => {
    expect(obstacleOf(pod(spec))).toMatch(obstacle);
  });

  it('tells its fields', () => {
    const addresses = { pod: '10.200.0.2', host: '10.200.0.1' };
    expect(fieldOf(pod({}), 'metadata.namespace', addresses)).toBe('n');
    expect(fieldOf(pod({}), 'status.podIP', addresses)).toBe('10.200.0.2');
  });
});

it.each([
  [8000, 8000],
  ['http', 8080],
  ['9000', 9000],
])('the port of a probe is a number or a name: %s', (port, number) => {
  const container = { ...CONTAINER, ports: [{ name: 'http', containerPort: 8080 }] };
  expect(portNumber(container, port)).toBe(number);
});

function field(fieldPath: string): { fieldRef: { fieldPath: string } } {
  return { fieldRef: { fieldPath } };
}
