/** What roles allow, as single rights. */
import { manifestsIn } from '../../support/manifests.js';

const FOLDER = 'charts/kustomize/rbac';

/** One verb on one resource. */
export interface Right {
  scope: 'cluster' | 'own namespace';
  /** Empty for the core group. */
  group: string;
  /** With the subresource. */
  resource: string;
  verb: string;
}

interface Role {
  rules: { apiGroups: string[]; resources: string[]; verbs: string[] }[];
}

/** The rights that the committed roles give the control plane. */
export function committedRights(): Right[] {
  return [...rightsIn('cluster-role.yaml', 'cluster'), ...rightsIn('role.yaml', 'own namespace')];
}

/** How a right is written: `own namespace: patch nexustenants/status`. */
export function nameOf({ scope, group, resource, verb }: Right): string {
  return `${scope}: ${verb} ${group === '' ? resource : `${resource}.${group}`}`;
}

function rightsIn(file: string, scope: Right['scope']): Right[] {
  const roles = manifestsIn(`${FOLDER}/${file}`) as unknown as Role[];
  return roles
    .flatMap(({ rules }) => rules)
    .flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => ({ scope, group, resource, verb }))),
      ),
    );
}
