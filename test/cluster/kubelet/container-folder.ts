import path from 'node:path';
import type { Pod } from './pod.types.js';

/** Where the image of an astromesh-node keeps its agents. */
export const NODE_FOLDER = '/etc/astromesh';

export interface Places {
  /** Where the volume of that name lies. */
  volume: (name: string) => string;
  /** The container's own layer, which a restart does not keep. */
  root: string;
}

/** The folder on this machine that stands for a folder of the container. */
export function containerFolder(pod: Pod, folder: string, { volume, root }: Places): string {
  const [container] = pod.spec.containers;
  const [mount] = (container?.volumeMounts ?? [])
    .filter(({ mountPath }) => isWithin(mountPath, folder))
    .toSorted((a, b) => b.mountPath.length - a.mountPath.length);
  if (mount === undefined) return path.join(root, folder);
  const below = path.posix.relative(mount.mountPath, folder);
  return path.join(volume(mount.name), mount.subPath ?? '', below);
}

function isWithin(parent: string, folder: string): boolean {
  return !path.posix.relative(parent, folder).startsWith('..');
}
