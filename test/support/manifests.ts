import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { AppliedObject } from '../../src/reconciliation/resources/applied-object.js';

/** The objects in a file of manifests. */
export function manifestsIn(file: string): AppliedObject[] {
  return parseAllDocuments(readFileSync(file, 'utf8'))
    .map((document) => document.toJS() as AppliedObject | null)
    .filter((object) => object !== null);
}

/** The objects in the files of a folder, in the order in which `kubectl apply -f` takes them. */
export function manifestsBelow(folder: string): AppliedObject[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  return files.sort().flatMap((name) => manifestsIn(path.join(folder, name)));
}
