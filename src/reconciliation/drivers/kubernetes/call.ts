import type { CallOptions } from '../../../platform/kubernetes/kubernetes-api.js';

/** The options of a call that ends with a pass, where it is one. */
export function callOf(signal: AbortSignal | undefined): CallOptions {
  return signal === undefined ? {} : { signal };
}
