import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import type { ClusterSource } from './cluster-source.js';

const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/**
 * Reads what a source names, anew with every call.
 *
 * @throws Error that says which file or context is missing
 */
export function readKubeconfig({ kubeconfig = [], context }: ClusterSource): KubeConfig {
  const config = kubeconfig.length > 0 ? fromFiles(kubeconfig) : fromSurroundings();
  if (context !== undefined) {
    const known = config.getContexts().map(({ name }) => name);
    if (!known.includes(context)) {
      throw new Error(`the kubeconfig has no context "${context}"; it has: ${known.join(', ')}`);
    }
    config.setCurrentContext(context);
  }
  if (config.getCurrentCluster() === null) {
    throw new Error(
      `the context "${config.getCurrentContext()}" of the kubeconfig names no cluster; ` +
        'choose one with: kubectl config use-context',
    );
  }
  return config;
}

function fromFiles(files: readonly string[]): KubeConfig {
  const [first, ...others] = files.map(fromFile);
  for (const other of others) first?.mergeConfig(other, true);
  return first ?? new KubeConfig();
}

function fromFile(file: string): KubeConfig {
  if (!existsSync(file)) throw new Error(`the kubeconfig ${file} is not there`);
  const config = new KubeConfig();
  try {
    config.loadFromFile(file);
  } catch (error) {
    throw new Error(`the kubeconfig ${file} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return config;
}

function fromSurroundings(): KubeConfig {
  if (existsSync(SERVICE_ACCOUNT_TOKEN)) {
    const config = new KubeConfig();
    config.loadFromCluster();
    return config;
  }
  const file = path.join(homedir(), '.kube', 'config');
  if (existsSync(file)) return fromFile(file);
  throw new Error(
    `there is no cluster: neither a service account of a pod nor ${file}; ` +
      'name a kubeconfig with KUBECONFIG',
  );
}
