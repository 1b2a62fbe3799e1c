/** As much of Kubernetes' objects as the harness itself looks at. */

export interface Metadata {
  name: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
}

/** Any object; what a test reads of it, it says itself. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: Metadata;
}

/** What is sent to create an object. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string } & Partial<Metadata>;
  [field: string]: unknown;
}

export interface KubeList<T> {
  metadata: { resourceVersion: string; continue?: string };
  items: T[];
}

export interface WatchEvent<T> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: T;
}

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
export interface ApiStatus {
  kind: 'Status';
  message?: string;
  reason?: string;
  code?: number;
}
