/** Changes of our objects as somebody else makes them. */
import type { AppliedObject } from '../../../src/reconciliation/resources/applied-object.js';
import { type Edit, edited } from '../../support/edits.js';
import { type ApiClient, ApiRefusal } from '../api-client.js';
import { resourcePath } from '../resource-path.js';

/** Names, kinds and what belongs to others: a change of these is no drift. */
export const NOT_OURS =
  /^\w+ (apiVersion|kind|metadata\.(name|namespace))?$|^add (metadata(\.(labels|annotations))?|spec\.template\.metadata\.annotations)?$|^remove metadata(\.labels)?$/;

/** Whether two states of an object are the same but for what the server writes. */
export function isSameBut(one: AppliedObject, other: AppliedObject): boolean {
  const plain = ({ metadata: { labels, annotations }, ...rest }: AppliedObject) =>
    JSON.stringify({ ...rest, status: undefined, metadata: { labels, annotations } });
  return plain(one) === plain(other);
}

/**
 * Puts a live object back with one edit made.
 *
 * @returns undefined when the server refuses it
 */
export async function putEdited(
  admin: ApiClient,
  object: AppliedObject,
  edit: Edit,
  live: AppliedObject,
): Promise<AppliedObject | undefined> {
  const path = resourcePath(object);
  const { metadata, ...fields } = edited(object, edit);
  const { resourceVersion: _, ...kept } = live.metadata;
  const changed: AppliedObject = {
    ...live,
    ...fields,
    metadata: { ...kept, ...(metadata.labels && { labels: metadata.labels }) },
  };
  // What is removed at the top is not put back by what was there.
  for (const name of Object.keys(object)) {
    if (name !== 'metadata' && !(name in fields)) Reflect.deleteProperty(changed, name);
  }
  try {
    return await admin.put<AppliedObject>(`${path}?fieldManager=somebody`, changed);
  } catch (error) {
    if (error instanceof ApiRefusal && [400, 403, 422].includes(error.code)) return undefined;
    throw error;
  }
}
