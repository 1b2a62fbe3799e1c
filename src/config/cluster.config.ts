import path from 'node:path';
import { z } from 'zod';
import { concern, setting } from './concern.js';
import { optionalText } from './setting-types.js';

/** The way to the cluster that tenants live in. */
export class ClusterConfig extends concern('Cluster', {
  kubeconfig: setting({
    name: 'KUBECONFIG',
    schema: z
      .string()
      .optional()
      .transform((value = '') => value.split(path.delimiter).filter((file) => file !== '')),
    summary:
      'Kubeconfig files, separated as in PATH; used with `NEXUS_DRIVER=kubernetes` and by nothing else.',
    absent: "the service account of the server's pod, else `~/.kube/config`",
  }),
  context: setting({
    name: 'NEXUS_KUBE_CONTEXT',
    schema: optionalText(),
    summary: 'Context of the kubeconfig.',
    absent: 'its current context',
  }),
}) {}
