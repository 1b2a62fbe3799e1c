/** Types of `images.mjs`, for the tests that use it. */

export type ImageName = 'nexus-server' | 'nexus-node' | 'pause' | 'coredns' | 'astromesh';

export const IMAGE_NAMES: readonly ImageName[];

export function imageName(name: ImageName): string;

export function findImages<Name extends ImageName>(
  names: readonly Name[],
): Promise<Record<Name, string>>;
