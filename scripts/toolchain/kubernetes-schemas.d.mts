/** Types of `kubernetes-schemas.mjs`, for the tests that use it. */
import type { Manifest } from '../../test/cluster/kube-objects.types.js';

export const SUPPORTED: Readonly<Record<string, string>>;

export function kubernetesSchemas(version: string): Promise<string>;

export function schemaLocation(folder: string): string;

export function broughtDefinitions(): Manifest[];
