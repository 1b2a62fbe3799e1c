import type { KubernetesObject } from '../../../platform/kubernetes/kubernetes-object.js';

/** A condition of a pod, a Deployment or a namespace. */
export interface ObjectCondition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
}

interface Ended {
  reason?: string;
  message?: string;
  exitCode: number;
}

/** Where a container stands. */
export interface ContainerState {
  waiting?: { reason?: string; message?: string };
  running?: { startedAt?: string };
  terminated?: Ended;
}

export interface ContainerStatus {
  name: string;
  ready: boolean;
  /** Whether its startup probe has passed. */
  started?: boolean;
  restartCount: number;
  state?: ContainerState;
  lastState?: ContainerState;
}

/** A pod of a tenant's node, as far as we look at it. */
export interface PodObject extends KubernetesObject {
  status?: {
    phase?: string;
    reason?: string;
    message?: string;
    conditions?: ObjectCondition[];
    containerStatuses?: ContainerStatus[];
  };
}

/** A Deployment, as far as we look at it beyond comparing it. */
export interface DeploymentObject extends KubernetesObject {
  spec?: { replicas?: number; template?: { metadata?: { annotations?: Record<string, string> } } };
  status?: {
    observedGeneration?: number;
    replicas?: number;
    updatedReplicas?: number;
    availableReplicas?: number;
    conditions?: ObjectCondition[];
  };
}

export interface NamespaceObject extends KubernetesObject {
  status?: { phase?: string; conditions?: ObjectCondition[] };
}
