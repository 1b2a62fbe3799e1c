import type { KubernetesObject } from '../../platform/kubernetes/kubernetes-object.js';

/** An object as we write it: whole, with its kind. */
export interface AppliedObject extends KubernetesObject {
  apiVersion: string;
  kind: string;
  [field: string]: unknown;
}
