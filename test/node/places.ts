/** Where everything of the machine is: addresses that its own network holds, and one folder. */
import path from 'node:path';

export const MACHINE = 'machine';
/** Given by `scripts/test/machine/inside.sh`. */
export const ADDRESS = '10.251.0.1';
export const PODS = '10.244.0.0/24';
export const SERVICES = '10.96.0.0/16';
/** The first of the services is the API server, by Kubernetes' own rule. */
export const API_SERVICE = '10.96.0.1';
export const DNS_SERVICE = '10.96.0.10';
export const API_PORT = 6443;
export const ETCD = 'http://127.0.0.1:2379';
export const ETCD_PEER = 'http://127.0.0.1:2380';
export const SERVER = `https://${ADDRESS}:${API_PORT}`;

/** A file or folder of the machine's own, by the part that it has in it. */
export interface Places {
  folder: string;
  at: (...names: string[]) => string;
}

export function placesIn(folder: string): Places {
  return { folder, at: (...names) => path.join(folder, ...names) };
}
