/** What the API server lets somebody do. It learns of a role and its binding a moment after they are made. */
import { until } from '../support/until.js';
import type { ApiClient } from './api-client.js';

const REVIEWS = '/apis/authorization.k8s.io/v1/subjectaccessreviews';

/** Something to do; without a namespace it is meant for the whole cluster. */
export interface Deed {
  verb: string;
  resource: string;
  subresource?: string;
  /** The API group of the resource; the core group when left out. */
  group?: string;
  namespace?: string;
}

/** @param user as the audit log names them */
export async function isAllowed(admin: ApiClient, user: string, deed: Deed): Promise<boolean> {
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user, resourceAttributes: deed },
  };
  const { status } = await admin.send<{ status: { allowed: boolean } }>('POST', REVIEWS, { body });
  return status.allowed;
}

/** Waits until somebody may do what they were just given the right to. */
export async function untilAllowed(admin: ApiClient, user: string, deed: Deed): Promise<void> {
  await until(`${user} may ${deed.verb} ${deed.resource}`, () => isAllowed(admin, user, deed));
}
