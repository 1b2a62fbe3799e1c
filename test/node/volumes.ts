/** Volumes of the machine: nobody makes them on demand there. */
import { chown, mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { ApiClient } from '../cluster/api-client.js';

/** Of the image, `Containerfile`. */
const USER = 1000;

/**
 * Makes a volume that any claim without a class may have, or one of a claim alone.
 *
 * @param folder of the machine, in which the volume gets one of its own
 * @param claim of whom it is, when it is not anybody's
 * @returns the folder that it is
 */
export async function addVolume(
  admin: ApiClient,
  folder: string,
  name: string,
  claim?: { namespace: string; name: string },
): Promise<string> {
  const own = path.join(folder, 'volumes', name);
  await mkdir(own, { recursive: true });
  await chown(own, USER, USER);
  await admin.apply({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      capacity: { storage: '2Gi' },
      accessModes: ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Retain',
      hostPath: { path: own },
      ...(claim && { claimRef: claim }),
    },
  });
  return own;
}
