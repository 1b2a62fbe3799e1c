import { randomUUID } from 'node:crypto';
import { realpathSync } from 'node:fs';
import path from 'node:path';

/** A mark for one start of the child of `folder`, without blanks: `<uuid>@<folder, encoded>`. */
export function newMark(folder: string): string {
  return `${randomUUID()}@${encodeURIComponent(realpathSync(folder))}`;
}

/** Whether a mark belongs to the child of a folder below `root`. */
export function isMarkBelow(mark: string, root: string): boolean {
  const encoded = mark.slice(mark.indexOf('@') + 1);
  return encoded.startsWith(encodeURIComponent(realpathSync(root) + path.sep));
}
