/** Resources of tenants and agents as somebody with kubectl writes and reads them. */
import type { NexusAgent } from '../../../src/reconciliation/resources/nexus-agent.schemas.js';
import type { NexusTenant } from '../../../src/reconciliation/resources/nexus-tenant.schemas.js';
import { echoSpec } from '../../support/api.js';
import { until } from '../../support/until.js';
import { type ApiClient, ApiRefusal } from '../api-client.js';
import type { KubeObject, Manifest } from '../kube-objects.types.js';

const API_VERSION = 'nexus.astromesh.io/v1alpha1';
const GROUP = `/apis/${API_VERSION}`;

export const TENANT_FINALIZER = 'nexus.astromesh.io/tenant-cleanup';
export const AGENT_FINALIZER = 'nexus.astromesh.io/agent-cleanup';

export function tenantPath(namespace: string, name = ''): string {
  return `${GROUP}/namespaces/${namespace}/nexustenants/${name}`.replace(/\/$/, '');
}

export function agentPath(namespace: string, name = ''): string {
  return `${GROUP}/namespaces/${namespace}/nexusagents/${name}`.replace(/\/$/, '');
}

export function tenantManifest(namespace: string, name: string, spec: object = {}): Manifest {
  return { apiVersion: API_VERSION, kind: 'NexusTenant', metadata: { namespace, name }, spec };
}

export function agentManifest(
  namespace: string,
  name: string,
  { paused, ...spec }: { paused?: boolean } & Record<string, unknown> = {},
): Manifest {
  return {
    apiVersion: API_VERSION,
    kind: 'NexusAgent',
    metadata: { namespace, name },
    spec: { agentSpec: echoSpec(name, spec), ...(paused === undefined ? {} : { paused }) },
  };
}

/**
 * Applies an agent as soon as the API server lets it: it takes a while to count a kind that is new
 * to it, and until then refuses what a quota is about.
 */
export async function applyAgent(api: ApiClient, manifest: Manifest): Promise<void> {
  const isUncounted = (error: unknown): boolean =>
    error instanceof ApiRefusal && error.message.includes('status unknown for quota');
  const probe = () =>
    api.apply(manifest).then(
      () => true,
      (error: unknown) => {
        if (isUncounted(error)) return false;
        throw error;
      },
    );
  await until('the quota counts agents', probe, 100_000);
}

/** Waits until the resource of a tenant is as wanted. */
export function tenantResourceWhen(
  api: ApiClient,
  path: string,
  wanted: (tenant: NexusTenant) => boolean,
  withinMs?: number,
): Promise<NexusTenant> {
  return resourceWhen<NexusTenant>(api, path, wanted, withinMs);
}

/** The same of an agent. */
export function agentResourceWhen(
  api: ApiClient,
  path: string,
  wanted: (agent: NexusAgent) => boolean,
  withinMs?: number,
): Promise<NexusAgent> {
  return resourceWhen<NexusAgent>(api, path, wanted, withinMs);
}

async function resourceWhen<T extends object>(
  api: ApiClient,
  path: string,
  wanted: (resource: T) => boolean,
  withinMs?: number,
): Promise<T> {
  const probe = async (): Promise<T | undefined> => {
    const found = (await api.find(path)) as T | undefined;
    return found !== undefined && wanted(found) ? found : undefined;
  };
  return until(`${path} is as wanted`, probe, withinMs);
}

/** Waits until a resource is gone. */
export function gone(api: ApiClient, path: string, withinMs?: number): Promise<unknown> {
  return until(`${path} is gone`, async () => (await api.find(path)) === undefined, withinMs);
}

/** The condition of a type of a resource. */
export function conditionOf({ status }: NexusTenant | NexusAgent, type: string) {
  return status?.conditions?.find((condition) => condition.type === type);
}

interface EventObject extends KubeObject {
  reason: string;
  message: string;
  involvedObject: { uid?: string };
}

/** The Events about a resource, oldest first. */
export async function eventsAbout(
  api: ApiClient,
  { metadata: { namespace, uid } }: NexusTenant | NexusAgent,
): Promise<EventObject[]> {
  const events = await api.list<EventObject>(`/api/v1/namespaces/${namespace}/events`);
  return events.filter(({ involvedObject }) => involvedObject.uid === uid);
}

/** Takes the finalizers off every resource of a namespace, when nobody is there to do it. */
export async function stripFinalizers(api: ApiClient, collection: string): Promise<void> {
  for (const { metadata } of await api.list(collection)) {
    await api.patch(`${collection}/${metadata.name}`, { metadata: { finalizers: null } });
  }
}
