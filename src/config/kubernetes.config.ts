import { concern, setting } from './concern.js';
import { optionalText, pathList, wholeNumber } from './setting-types.js';

/** How the cluster is reached; read by the kubernetes driver alone. */
export class KubernetesConfig extends concern('Kubernetes', {
  kubeconfig: setting({
    name: 'KUBECONFIG',
    schema: pathList(),
    summary:
      'Kubeconfig files, separated as in `PATH`; the first one says which context is current.',
    absent: 'the service account of the pod that this runs in, else `~/.kube/config`',
  }),
  context: setting({
    name: 'NEXUS_KUBE_CONTEXT',
    schema: optionalText(),
    summary: 'Context of the kubeconfig to use.',
    absent: 'its current one',
  }),
  deadlineSeconds: setting({
    name: 'NEXUS_KUBE_TIMEOUT',
    schema: wholeNumber(1, 300),
    fallback: '30',
    summary: 'Seconds that a request to the API server may take.',
  }),
}) {}
